import { count, markdownText } from '../text.ts';
import { needsUpdateText, placeText, reloadText, seconds } from './event-text.ts';
import type { DevState, Place } from './state.ts';

/** How a running development server looks in one short place, with the rest behind it. */
export interface Summary {
  look: 'busy' | 'ready' | 'error';
  /** The time of the last reload, where that is what there is to say. */
  time: string | undefined;
  /** What it does or what is wrong: plain words. */
  title: string;
  /** Paragraphs of Markdown. */
  details: string[];
  /** Where to mend it. */
  place: Place | undefined;
}

function activity({ phase, failure }: DevState): Pick<Summary, 'look' | 'title'> {
  switch (phase.is) {
    case 'starting':
      return { look: 'busy', title: phase.reason === '' ? 'Odoo starts' : `Odoo starts: ${phase.reason}` };
    case 'reloading':
      return { look: 'busy', title: phase.files.length === 0 ? 'Odoo reloads' : `Odoo reloads ${count(phase.files.length, 'file')}` };
    case 'updating':
      return { look: 'busy', title: `Odoo updates ${phase.modules.join(', ')}` };
    case 'waiting':
      return { look: 'busy', title: phase.message };
    case 'ready':
      return failure ? { look: 'error', title: 'The last good code still answers' } : { look: 'ready', title: 'Odoo runs' };
    case 'broken':
      return { look: 'error', title: 'Odoo does not answer until this is mended' };
    case 'stopped':
      return { look: 'error', title: phase.message ?? 'Odoo stopped' };
  }
}

/** The summary of a state. Other people's words in the Markdown are escaped. */
export function summarize(state: DevState): Summary {
  const { look, title } = activity(state);
  const { failure, lastReload, needsUpdate } = state;
  const details: string[] = [];
  if (failure) {
    const where = failure.place ? `${markdownText(placeText(failure.place))}: ` : '';
    details.push(`$(error) ${where}${markdownText(failure.message)}`);
  }
  if (lastReload) details.push(`Last reload: ${seconds(lastReload.ms)}, ${markdownText(reloadText(lastReload))}`);
  if (needsUpdate.size > 0) details.push(`$(warning) ${markdownText(needsUpdateText(needsUpdate))}`);
  return {
    look,
    title,
    time: look === 'ready' && lastReload ? seconds(lastReload.ms) : undefined,
    details,
    place: look === 'error' ? failure?.place : undefined,
  };
}
