// Views that are loaded when they are first shown.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { link } from "./state/live";
import { t } from "./texts";
import { Failed, Waiting } from "./ui";

/**
 * A view in a file of its own; where that does not load, a sentence and another try, by itself when
 * the server is back. A `quiet` one shows nothing until it is there.
 */
export function lazily<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  quiet = false,
): ComponentType<P> {
  let view: ComponentType<P> | null = null;
  return function Lazily(props: P) {
    const [failed, fail] = useState(false);
    const [round, again] = useState(0);
    const drawn = view !== null;
    useEffect(() => {
      if (view) {
        // Another of these may have loaded it since this one was drawn without.
        if (!drawn) again((n) => n + 1);
        return;
      }
      let gone = false;
      load().then(
        (loaded) => {
          view = loaded.default;
          if (!gone) again((n) => n + 1);
        },
        () => gone || fail(true),
      );
      return () => {
        gone = true;
      };
    }, [failed]);
    const there = link.value === "open";
    useEffect(() => {
      if (there) fail(false);
    }, [there]);
    void round;
    if (view) {
      const View = view;
      return <View {...props} />;
    }
    if (failed) return <Failed error={t("app.view_failed")} again={() => fail(false)} />;
    return quiet ? null : <Waiting />;
  };
}
