// What was said in a talk; before it has begun, what is to begin it.

import type { Pending } from "../state/outbox";
import { memo } from "../memo";
import type { Talk } from "../state/talk";
import { PendingView } from "./pending";
import { Transcript } from "./transcript";
import "./message.css";
import "./prose.css";

export interface SaidProps {
  /** Null until it is there. */
  talk: Talk | null;
  pending: readonly Pending[];
  title: string;
  onEdit: (text: string) => void;
}

export default memo(function SaidView({ talk, pending, title, onEdit }: SaidProps) {
  if (talk)
    return <Transcript key={talk.number} talk={talk} pending={pending} title={title} onEdit={onEdit} />;
  return (
    <div class="transcript">
      <div class="log">
        <div class="log-inside">
          {pending.map((one) => <PendingView key={one.id} one={one} onEdit={onEdit} />)}
        </div>
      </div>
    </div>
  );
});
