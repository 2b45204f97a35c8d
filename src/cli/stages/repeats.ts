import type { Session } from '../session';

/**
 * The session of a repeat. All but the first have networks, distances and a dictionary of their own, from seeds that no
 * other repeat has, in a folder of the run's state: what a space is drawn from is part of the spread over repeats. Only a
 * dictionary that was named by `--dictionary` is one for all.
 */
export function repeatSession(session: Session, repeat: number): Session {
  if (repeat === 0) return session;
  const { settings } = session;
  const seed = settings.seed + repeat * settings.seeds;
  const state: Session['state'] = (...path) => session.state('repeats', `seed${seed}`, ...path);
  const isOwn = session.dictionary === session.state('dictionary.json');
  return {
    ...session,
    state,
    settings: { ...settings, seed },
    dictionary: isOwn ? state('dictionary.json') : session.dictionary,
  };
}
