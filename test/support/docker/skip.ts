import { testImage, whyNoDocker } from './base-image.ts';

/** For the head of a `describe`: what needs an engine is skipped where none answers, with the reason. Makes the tests' image where it is missing. */
export function needsDocker(): void {
  before(async function () {
    this.timeout(600_000);
    const reason = await whyNoDocker();
    if (reason === null) {
      await testImage();
      return;
    }
    console.log(`      skipped: ${reason}`);
    this.skip();
  });
}
