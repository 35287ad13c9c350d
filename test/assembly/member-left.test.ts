import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import type { ServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { parseSignature } from "../../src/message/signature-profile.ts";
import { LoggedMessages } from "../exchange/country/logged.ts";
import { bank, benefitsAgency, clients, services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { ChildGateway } from "../exchange/crash/child-gateway.ts";

t.test(
  "an exchange left open for a member that is not served any more is closed by the server's owner",
  async (t) => {
    const country = await SmallCountry.start(t);
    const { asking } = country;
    await asking.stop();
    const gateway = new ChildGateway(asking.configurationFile);
    t.teardown(() => gateway.close());
    await gateway.start();
    const { dead } = await gateway.arm({ number: 7, name: "recordRequest", nth: 1 });
    const path = pathOf(services.open, "/thing");
    await t.rejects(country.ask({ path, client: clients.onboarding }, { port: gateway.http }));
    const exchangeId = await dead;

    const configuration = JSON.parse(readFileSync(asking.configurationFile, "utf8")) as ServerConfiguration;
    const without = {
      ...configuration,
      members: configuration.members.filter(({ id }) => id !== bank),
      clients: configuration.clients.filter(({ id }) => !id.startsWith(bank)),
    };
    writeFileSync(asking.configurationFile, JSON.stringify(without));
    await asking.start();

    const log = await LoggedMessages.open(asking.stateDirectory);
    t.teardown(() => log.close());
    const [request, closing] = await log.after(0);
    t.same([request!.what, closing!.what], ["sent request", "sent fault"]);
    t.equal(closing!.document.id, exchangeId);
    t.equal(closing!.document.signerRole, "server-owner");
    const { certificate } = asking.parts.seals.get(benefitsAgency)!;
    t.equal(parseSignature(closing!.record.signature).header.fingerprint, certificate.fingerprint);
  },
);
