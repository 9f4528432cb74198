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
import { ANY, connectable, usable, vendorName, webAddress, withoutVendor } from "./vendors";
import "./dialog.css";

export interface ConnectDialogProps {
  /** A model was picked, as VENDOR:NAME, or (null) none. */
  onDone: (model: string | null) => void;
  /** The vendor to begin with. */
  vendor?: string;
  /** There is no conversation to pick a model for. */
  onlyConnect?: boolean;
}

/** What is picked where the server is none of the list. */
const OTHER = "another server";

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
  const other = picked === OTHER;
  const vendor = vendors.value.find((one) => one.name === (other ? ANY : picked));
  const title = other ? t("connect.title_server") : vendor ? t("connect.title_of", vendorName(vendor.name)) : t("connect.title");
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
        <KeyForm key={picked} vendor={vendor} other={other} onBack={back} picks={!onlyConnect}
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
      {owner && all.some((one) => one.name === ANY) && (
        <ul role="list" class="vendor-list">
          <li>
            <button type="button" class="vendor" onClick={() => onPick(OTHER)}>
              <span>{t("connect.server")}</span>
            </button>
          </li>
        </ul>
      )}
    </div>
  );
}

interface KeyProps {
  vendor: Vendor;
  /** Whether it is about a server of one's own, spoken with as the vendor is. */
  other: boolean;
  /** Whether a model can be picked when it is connected. */
  picks: boolean;
  onBack: () => void;
  onOffer: (models: readonly string[]) => void;
}

function KeyForm({ vendor, other, picks, onBack, onOffer }: KeyProps) {
  const [key, type] = useState("");
  const [keep, keeps] = useState(false);
  const [address, go] = useState(vendor.base_url ?? "");
  const [busy, work] = useState(false);
  const [missing, miss] = useState<string | null>(null);
  const [nowhere, lose] = useState<string | null>(null);
  const [error, say] = useState<string | null>(null);
  const owner = me.value?.owner ?? false;
  const name = other ? t("connect.the_server") : vendorName(vendor.name);
  const local = vendor.local || other;
  const box = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    const first = local && owner ? "[type=url]" : "[type=password]";
    box.current?.querySelector<HTMLElement>(first)?.focus();
  }, []);

  const connect = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const where = webAddress(address);
    if (where === null || (other && !where)) return lose(t("connect.address_wrong"));
    const moved = owner && where !== (vendor.base_url ?? "");
    if (!local && !key.trim() && !(moved && where)) return miss(t("connect.key_missing"));
    work(true);
    say(null);
    try {
      // Another server is told by its address, also where that is the one before.
      const base_url = moved || other ? where : null;
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

  const hint = other ? "connect.address_any" : vendor.local ? "connect.address_hint" : "connect.address_other";
  const addressField = (
    <Field label={t("connect.address")} hint={t(hint)} error={nowhere}>
      {(tied) => (
        <input {...tied} class="input" type="url" autocomplete="off" spellcheck={false} value={address}
          onInput={(event) => {
            go(event.currentTarget.value);
            lose(null);
          }} />
      )}
    </Field>
  );
  return (
    <form ref={box} class="stack" noValidate onSubmit={(event) => void connect(event)} autocomplete="off">
      {usable(vendor) && (!other || vendor.base_url) && <Already vendor={vendor} onOffer={picks ? onOffer : null} onGone={onBack} />}
      {other && addressField}
      <Field label={t(local ? "connect.key_optional" : "connect.key", name)} hint={t("connect.key_hint")} error={missing}>
        {(tied) => (
          <input {...tied} class="input" type="password" autocomplete="off" spellcheck={false}
            data-1p-ignore data-lpignore="true" value={key}
            onInput={(event) => {
              type(event.currentTarget.value);
              miss(null);
            }} />
        )}
      </Field>
      {!other && owner && addressField}
      <Switch label={t("connect.keep")} hint={t(keep ? "connect.keep_on" : "connect.keep_off")} on={keep} onChange={keeps} />
      {error && <Failed error={error} />}
      <div class="row">
        <Button type="submit" look="main" busy={busy}>
          {busy ? t(local ? "connect.doing_local" : "connect.doing") : t("connect.do")}
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
