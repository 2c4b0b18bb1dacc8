import { whyNoDocker } from './base-image.ts';

/** For the head of a `describe`: what needs an engine is skipped where none answers, with the reason. */
export function needsDocker(): void {
  before(async function () {
    this.timeout(600_000); // the first makes the base image
    const reason = await whyNoDocker();
    if (reason === null) return;
    console.log(`      skipped: ${reason}`);
    this.skip();
  });
}
