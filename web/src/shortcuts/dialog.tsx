// The list of keys, where somebody asks for it.

import { t } from "../texts";
import { Dialog } from "../ui";
import { keys } from "./keys";
import "./dialog.css";

export default function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("app.keys")} onClose={onClose}>
      <dl class="key-list">
        {keys().map(([what, pressed]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {pressed.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
