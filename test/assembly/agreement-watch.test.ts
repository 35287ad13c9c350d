import { pino } from "pino";
import t from "tap";
import { AgreementWatch } from "../../src/assembly/agreement-watch.ts";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { AgreementsInForce } from "../../src/policy/agreements-in-force.ts";
import { residence } from "../catalogue/residence.ts";
import { agreementOf, published } from "../policy/grant.ts";

t.test(
  "the operator is told of agreements that grant nothing, and of those to be looked at, once",
  async (t) => {
    const lines: string[] = [];
    const watch = new AgreementWatch(pino({}, { write: (line: string) => lines.push(line) }));
    const predicate = published({ id: "DEV/GOV/10000001/population/is-resident", predicateOf: residence.id });
    const publishedAt = Date.parse("2026-06-01T00:00:00Z");
    const standings = new Map([[predicate.sha256, { ...ordinaryStanding, publishedAt }]]);
    const catalogue = new Catalogue([published(), predicate], undefined, standings);
    const running = agreementOf();
    const late = agreementOf({
      ...{ id: "late", validity: { from: "2026-07-01T00:00:00Z", to: "2027-01-01T00:00:00Z" } },
    });
    const agreementsInForce = new AgreementsInForce(new Agreements([running, late]));
    const services = { agreementsInForce, trust: () => ({ catalogue }) as never };
    const told = [
      {
        code: "agreement_noted",
        about: "a",
        detail: /a grants, and yet: predicate\.since at \/purposes\/0: .*is-resident/,
      },
      { code: "agreement_refused", about: "late", detail: /late grants nothing: predicate\.suffices/ },
    ];
    t.match(watch.alarms(services), told);
    t.match(watch.alarms(services), told);
    t.match(
      lines.map((line) => JSON.parse(line)),
      [
        { agreement: "a", why: [{ code: "predicate.since" }], msg: "an agreement should be looked at" },
        { agreement: "late", why: [{ code: "predicate.suffices" }], msg: "an agreement grants nothing" },
      ],
    );
    t.equal(lines.length, 2);
  },
);
