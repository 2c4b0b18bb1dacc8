'use strict';

/**
 * Preloaded into the server. Its stdin is a pipe held by whoever runs the tests: when that ends, killed or not, the
 * server and all it started end too. Nothing is left running after an interrupted test run.
 */
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  // Processes forked by the server would preload this file as well, with a stdin of their own.
  process.execArgv = [];
  const group = -process.pid;
  process.stdin.on('end', () => process.kill(group, 'SIGKILL'));
  process.stdin.resume();
  process.stdin.unref();
}
