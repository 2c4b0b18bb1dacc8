'use strict';

/**
 * Stand-in for a native package. The real one ends the process when its parent hangs or dies; here whoever started
 * the server ends its process group instead.
 */
exports.start = () => undefined;
exports.exit = (code) => process.exit(code);
