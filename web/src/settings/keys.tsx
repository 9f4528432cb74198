// The keys that do something on the page.

import { t } from "../texts";
import { enterSends } from "./state";

const mac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const control = mac ? "⌘" : "Ctrl";

/** What each key does, in the order of the list. */
function keys(): readonly (readonly [string, readonly string[]])[] {
  const send = enterSends.value ? ["Enter"] : [control, "Enter"];
  const line = enterSends.value ? ["Shift", "Enter"] : ["Enter"];
  return [
    [t("settings.keys_send"), send],
    [t("settings.keys_line"), line],
    [t("settings.keys_stop"), ["Esc"]],
    [t("settings.keys_edit"), ["↑"]],
    [t("settings.keys_new"), [control, "Shift", "O"]],
    [t("settings.keys_search"), [control, "K"]],
    [t("settings.keys_write"), ["/"]],
  ];
}

export function Keys() {
  return (
    <div class="field">
      <h3 class="field-label">{t("settings.keys")}</h3>
      <dl class="keys">
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
    </div>
  );
}
