// The keys that do something on the page.

import { keys } from "../shortcuts/keys";
import { t } from "../texts";

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
