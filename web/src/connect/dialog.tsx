// Connects a model: a vendor, its key or its server, tried at once, then one of its models.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { put, remove } from "../api/client";
import { told } from "../api/errors";
import { loadVendors, modelsOf, vendors, vendorsChanged } from "../state/bots";
import { me } from "../state/me";
import { t } from "../texts";
import type { Vendor } from "../types";
import { Button, confirm, Dialog, Failed, Field, Icon, Switch, toast, useLoaded, Waiting } from "../ui";
import { Combo } from "../ui/combo";
import { connectable, usable, vendorName, withoutVendor } from "./vendors";
import "./dialog.css";

export interface ConnectDialogProps {
  /** A model was picked, as VENDOR:NAME, or (null) none. */
  onDone: (model: string | null) => void;
  /** The vendor to begin with. */
  vendor?: string;
  /** There is no conversation to pick a model for. */
  onlyConnect?: boolean;
}

interface Offer {
  vendor: Vendor;
  models: readonly string[];
}

export default function ConnectDialog({ onDone, vendor: wanted, onlyConnect }: ConnectDialogProps) {
  const [picked, pick] = useState<string | null>(wanted ?? null);
  const [offer, offers] = useState<Offer | null>(null);
  const { value, error, reload } = useLoaded(async () => {
    await loadVendors();
    return true;
  }, []);
  const vendor = vendors.value.find((one) => one.name === picked);
  const title = vendor ? t("connect.title_of", vendorName(vendor.name)) : t("connect.title");
  const offered = (one: Vendor, models: readonly string[]) => {
    if (!onlyConnect) return offers({ vendor: one, models });
    toast(models.length ? t("connect.done", models.length) : t("connect.done_bare"));
    onDone(null);
  };
  const back = () => {
    offers(null);
    pick(null);
  };
  return (
    <Dialog title={title} onClose={() => onDone(null)}>
      {error && <Failed error={error} again={reload} />}
      {!value && !error && !vendors.value.length && <Waiting />}
      {!vendor && <Vendors onPick={pick} />}
      {vendor && !offer && (
        <KeyForm key={vendor.name} vendor={vendor} onBack={back} picks={!onlyConnect}
          onOffer={(models) => offered(vendor, models)} />
      )}
      {offer && (
        <PickModel offer={offer} onBack={back} onPick={onDone} />
      )}
    </Dialog>
  );
}

function Vendors({ onPick }: { onPick: (name: string) => void }) {
  const all = connectable(vendors.value);
  // A server that takes any key is for an owner to connect.
  const owner = me.value?.owner ?? false;
  const box = useRef<HTMLDivElement>(null);
  // Where one comes back to the list, the keyboard does too.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) box.current?.querySelector("button")?.focus();
  }, []);
  const groups = [
    { label: t("connect.hosted"), some: all.filter((one) => !one.local) },
    { label: t("connect.local"), some: all.filter((one) => one.local && (owner || usable(one))) },
  ];
  return (
    <div class="stack" ref={box}>
      <p>{t("connect.lead")}</p>
      {groups.map(
        ({ label, some }) =>
          some.length > 0 && (
            <section key={label} aria-label={label}>
              <h3 class="vendors-head">{label}</h3>
              <ul role="list" class="vendor-list">
                {some.map((one) => (
                  <li key={one.name}>
                    <button type="button" class="vendor" onClick={() => onPick(one.name)}>
                      <span>{vendorName(one.name)}</span>
                      {usable(one) && (
                        <small>
                          <Icon name="check" /> {t(one.connected ? "connect.connected" : "connect.ready")}
                        </small>
                      )}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}

interface KeyProps {
  vendor: Vendor;
  /** Whether a model can be picked when it is connected. */
  picks: boolean;
  onBack: () => void;
  onOffer: (models: readonly string[]) => void;
}

function KeyForm({ vendor, picks, onBack, onOffer }: KeyProps) {
  const [key, type] = useState("");
  const [keep, keeps] = useState(false);
  const [address, go] = useState(vendor.base_url ?? "");
  const [busy, work] = useState(false);
  const [missing, miss] = useState<string | null>(null);
  const [error, say] = useState<string | null>(null);
  const owner = me.value?.owner ?? false;
  const name = vendorName(vendor.name);
  const box = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    const first = vendor.local && owner ? "[type=url]" : "[type=password]";
    box.current?.querySelector<HTMLElement>(first)?.focus();
  }, []);

  const connect = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (!vendor.local && !key.trim()) return miss(t("connect.key_missing"));
    work(true);
    say(null);
    try {
      const base_url = owner && address.trim() !== (vendor.base_url ?? "") ? address.trim() : null;
      const { models } = await put<{ models: string[] }>(`/api/vendors/${encodeURIComponent(vendor.name)}/key`, {
        key: key.trim(),
        keep,
        base_url,
      });
      type("");
      await vendorsChanged();
      onOffer(models);
    } catch (why) {
      say(told(why));
      work(false);
    }
  };

  return (
    <form ref={box} class="stack" onSubmit={(event) => void connect(event)} autocomplete="off">
      {usable(vendor) && <Already vendor={vendor} onOffer={picks ? onOffer : null} onGone={onBack} />}
      <Field label={t(vendor.local ? "connect.key_optional" : "connect.key", name)} hint={t("connect.key_hint")} error={missing}>
        {(tied) => (
          <input {...tied} class="input" type="password" autocomplete="off" spellcheck={false}
            data-1p-ignore data-lpignore="true" value={key}
            onInput={(event) => {
              type(event.currentTarget.value);
              miss(null);
            }} />
        )}
      </Field>
      {owner && (
        <Field label={t("connect.address")} hint={t(vendor.local ? "connect.address_hint" : "connect.address_other")}>
          {(tied) => (
            <input {...tied} class="input" type="url" autocomplete="off" spellcheck={false}
              value={address} onInput={(event) => go(event.currentTarget.value)} />
          )}
        </Field>
      )}
      <Switch label={t("connect.keep")} hint={t(keep ? "connect.keep_on" : "connect.keep_off")} on={keep} onChange={keeps} />
      {error && <Failed error={error} />}
      <div class="row">
        <Button type="submit" look="main" busy={busy}>
          {busy ? t(vendor.local ? "connect.doing_local" : "connect.doing") : t("connect.do")}
        </Button>
        <Button look="quiet" onClick={onBack}>
          {t("connect.other")}
        </Button>
      </div>
    </form>
  );
}

interface AlreadyProps {
  vendor: Vendor;
  onOffer: ((models: readonly string[]) => void) | null;
  onGone: () => void;
}

/** The vendor can be talked with as it is: its models at once, or an end to it. */
function Already({ vendor, onOffer, onGone }: AlreadyProps) {
  const [busy, work] = useState(false);
  const look = async () => {
    work(true);
    try {
      onOffer?.(await modelsOf(vendor.name));
    } catch (error) {
      toast(told(error), { bad: true });
      work(false);
    }
  };
  const words = vendor.connected ? (vendor.kept ? "connect.is_kept" : "connect.is_connected") : "connect.is_ready";
  return (
    <div class="notice good">
      <Icon name="check" />
      <div>
        <p>{t(words)}</p>
        <p class="row">
          {onOffer && (
            <Button small busy={busy} onClick={() => void look()}>
              {t("connect.pick")}
            </Button>
          )}
          {vendor.connected && (
            <Button small look="quiet" onClick={() => void disconnect(vendor).then((gone) => gone && onGone())}>
              {t("connect.disconnect")}
            </Button>
          )}
        </p>
      </div>
    </div>
  );
}

/** Asks, and has the server lose the key; false where somebody would rather not. */
export async function disconnect(vendor: Vendor): Promise<boolean> {
  const name = vendorName(vendor.name);
  const question = { title: t("connect.disconnect_title", name), text: t("connect.disconnect_text"), yes: t("connect.disconnect_yes"), danger: true };
  if (!(await confirm(question))) return false;
  try {
    await remove(`/api/vendors/${encodeURIComponent(vendor.name)}/key`);
    await vendorsChanged();
    toast(t("connect.disconnected", name));
    return true;
  } catch (error) {
    toast(told(error), { bad: true });
    return false;
  }
}

interface PickProps {
  offer: Offer;
  onBack: () => void;
  onPick: (model: string) => void;
}

function PickModel({ offer, onBack, onPick }: PickProps) {
  const { vendor, models } = offer;
  const names = models.map((one) => withoutVendor(one, vendor.name));
  const [model, choose] = useState("");
  useLayoutEffect(() => document.querySelector<HTMLElement>(".pick-model input")?.focus(), []);
  const use = () => {
    if (model.trim()) onPick(`${vendor.name}:${model.trim()}`);
  };
  return (
    <form class="stack pick-model"
      onSubmit={(event) => {
        event.preventDefault();
        use();
      }}>
      <div class="notice good" role="status">
        <Icon name="check" />
        <div>{names.length ? t("connect.done", names.length) : t("connect.done_none")}</div>
      </div>
      <Field label={t("connect.model")} hint={t("connect.model_hint")}>
        {(tied) => (
          <Combo tied={tied} label={t("connect.model")} value={model} options={names} onChange={choose} onEnter={use} />
        )}
      </Field>
      <div class="row">
        <Button type="submit" look="main" disabled={!model.trim()}>
          {t("connect.use")}
        </Button>
        <Button look="quiet" onClick={onBack}>
          {t("connect.other")}
        </Button>
      </div>
    </form>
  );
}
