import { useMemo } from 'preact/hooks';
import { asMnist } from '../digit';
import type { PanelProps } from '../panels/panel';
import type { Subject } from '../protocol';
import { SKETCH_SIDE } from '../sketch';
import { Confusion } from './confusion';
import { Export } from './export';
import { Layers } from './layers';
import { WrongDigits } from './wrong';

/** Pictures of what the network gets wrong, and how. They are made anew only when there is something new in them. */
export function Sights({
  state,
  send,
  isDark,
  ready,
}: Pick<PanelProps, 'state' | 'send' | 'isDark' | 'ready'>) {
  const { answers, activations, ink } = state;
  const drawing = useMemo(() => ink && asMnist(ink, SKETCH_SIDE), [ink]);
  const canLook = ready && state.settings !== null;
  const look = (subject: Subject) => send({ type: 'look', subject });
  const chosen = activations?.subject.kind === 'test' ? activations.subject.place : undefined;
  const confusion = useMemo(() => <Confusion answers={answers} isDark={isDark} />, [answers, isDark]);
  const wrong = useMemo(
    () => <WrongDigits answers={answers} isDark={isDark} chosen={chosen} choose={look} />,
    [answers, isDark, chosen],
  );
  const layers = useMemo(
    () => (
      <Layers activations={activations} drawing={drawing} isDark={isDark} canLook={canLook} look={look} />
    ),
    [activations, drawing, isDark, canLook],
  );
  return (
    <>
      {confusion}
      {wrong}
      {layers}
      <Export canExport={canLook} send={send} />
    </>
  );
}
