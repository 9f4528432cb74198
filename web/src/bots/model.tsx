// Which model answers: the vendor, one of its models or any other name, and how it is asked.

import { useEffect, useState } from "preact/hooks";
import { told } from "../api/errors";
import { OFFLINE, usable, vendorName, withoutVendor } from "../connect/vendors";
import { modelsOf, vendors } from "../state/bots";
import { t } from "../texts";
import { Field, Icon, Select } from "../ui";
import { Combo } from "../ui/combo";
import { type Form, type NumberName, numberNames, numbers, type Wrong } from "./form";

export interface PartProps {
  form: Form;
  wrong: Wrong;
  change: (some: Partial<Form>) => void;
}

export function useModels(vendor: string): { models: readonly string[]; busy: boolean; failed: string | null } {
  const [state, show] = useState<{ models: readonly string[]; busy: boolean; failed: string | null }>({
    models: [],
    busy: false,
    failed: null,
  });
  const known = vendors.value.find((one) => one.name === vendor);
  const asks = vendor !== OFFLINE && !!known && usable(known);
  useEffect(() => {
    if (!asks) return show({ models: [], busy: false, failed: null });
    let mine = true;
    show({ models: [], busy: true, failed: null });
    modelsOf(vendor).then(
      (listed) => {
        const models = listed.map((one) => withoutVendor(one, vendor));
        if (mine) show({ models, busy: false, failed: null });
      },
      (error) => mine && show({ models: [], busy: false, failed: told(error) }),
    );
    return () => {
      mine = false;
    };
  }, [vendor, asks]);
  return state;
}

export function ModelPart({ form, wrong, change }: PartProps) {
  const { models, busy, failed } = useModels(form.vendor);
  const known = vendors.value.map((one) => one.name);
  const all = [...new Set([OFFLINE, ...known, form.vendor])].filter(Boolean);
  const options = all.map((name) => {
    const vendor = vendors.value.find((one) => one.name === name);
    const off = vendor && !usable(vendor);
    return { value: name, label: off ? t("bots.vendor_off", vendorName(name)) : vendorName(name) };
  });
  const offline = form.vendor === OFFLINE;
  const off = vendors.value.some((one) => one.name === form.vendor && !usable(one));
  const hint = failed ? t("bots.model_list_failed", failed) : t(off ? "bots.model_connect" : "bots.model_hint");
  return (
    <section aria-labelledby="form-model">
      <h2 id="form-model">{t("bots.model")}</h2>
      <div class="grid-2">
        <Field label={t("bots.vendor")} error={wrong.vendor}>
          {(tied) => (
            <Select {...tied} options={options} value={form.vendor}
              onChange={(vendor) => change({ vendor, model: "", base_url: "" })} />
          )}
        </Field>
        {!offline && (
          <Field label={t("bots.model_name")} hint={hint} error={wrong.model}>
            {(tied) => (
              <Combo tied={tied} label={t("bots.model_name")} value={form.model} options={models} busy={busy}
                placeholder={t("bots.model_default")} onChange={(model) => change({ model })} />
            )}
          </Field>
        )}
        {!offline && (
          <Field label={t("bots.base_url")} hint={t("bots.base_url_hint")} error={wrong.base_url}>
            {(tied) => (
              <input {...tied} class="input" type="url" value={form.base_url} spellcheck={false}
                autocomplete="off" onInput={(event) => change({ base_url: event.currentTarget.value })} />
            )}
          </Field>
        )}
      </div>
      {offline && (
        <div class="notice">
          <Icon name="info" />
          <div>{t("bots.offline_text")}</div>
        </div>
      )}
    </section>
  );
}

export function ParametersPart({ form, wrong, change }: PartProps) {
  return (
    <section aria-labelledby="form-parameters">
      <h2 id="form-parameters">{t("bots.parameters")}</h2>
      <p class="soft">{t("bots.parameters_hint")}</p>
      <div class="grid-3">
        {numberNames.map((name) => (
          <NumberField key={name} name={name} form={form} wrong={wrong} change={change} />
        ))}
      </div>
      <Field label={t("bots.stop")} hint={t("bots.stop_hint")} error={wrong.stop}>
        {(tied) => (
          <textarea {...tied} class="input mono" rows={2} value={form.stop} spellcheck={false}
            onInput={(event) => change({ stop: event.currentTarget.value })} />
        )}
      </Field>
    </section>
  );
}

function NumberField({ name, form, wrong, change }: PartProps & { name: NumberName }) {
  const whole = "whole" in numbers[name];
  return (
    <Field label={t(`bots.${name}`)} hint={t(`bots.${name}_hint`)} error={wrong[name]}>
      {(tied) => (
        <input {...tied} class="input numbers" type="text" inputMode={whole ? "numeric" : "decimal"}
          autocomplete="off" value={form.numbers[name]}
          onInput={(event) => change({ numbers: { ...form.numbers, [name]: event.currentTarget.value } })} />
      )}
    </Field>
  );
}
