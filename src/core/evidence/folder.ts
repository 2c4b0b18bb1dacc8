import { branchSlug } from '../branches.ts';
import { evidenceStamp } from '../time.ts';

/** `promote-main-to-production`: what an act was about, as the name of a folder. */
export function promotionTopic(from: string, to: string): string {
  return `promote-${branchSlug(from)}-to-${branchSlug(to)}`;
}

export function buildTopic(revision: string): string {
  return `build-${branchSlug(revision)}`;
}

/** Also the name of the lock that keeps two deployments of one environment apart. */
export function deploymentTopic(environment: string): string {
  return `deploy-${branchSlug(environment)}`;
}

/** `pr-12`: what was done with a pull request's environment. */
export const environmentTopic = (number: number): string => `pr-${number}`;

/** Every sweep has this one: what it took away stands in its plan. */
export const SWEEP_TOPIC = 'sweep';

/**
 * `20260131-0905+0800/build-main`, from the evidence root (§6.3); the second act in one minute and topic gets `-2`.
 * @param attempt from 1
 */
export function evidenceFolder(startedAt: Date, timeZone: string, topic: string, attempt: number): string {
  return `${evidenceStamp(startedAt, timeZone)}/${topic}${attempt === 1 ? '' : `-${attempt}`}`;
}
