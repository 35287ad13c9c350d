import type { Endpoint, ServiceDescription } from "./service-description.ts";

/*
 * Services as X-Road lists them (Service Metadata Protocol for REST, in the shape that X-Road 7 sends and its annex A
 * does not have), and as GovStack's information mediator does, which is the same under other names.
 */

export const dialects = ["xroad", "govstack"] as const;
export type ListingDialect = (typeof dialects)[number];

interface ListedService {
  /** Decoded. */
  readonly parts: readonly [
    instance: string,
    memberClass: string,
    member: string,
    subsystem: string,
    code: string,
  ];
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
}

const shapes: Readonly<Record<ListingDialect, (services: readonly ListedService[]) => object>> = {
  xroad: (services) => ({
    service: services.map(({ parts, endpoints }) => ({
      object_type: "SERVICE",
      service_type: "OPENAPI",
      xroad_instance: parts[0],
      member_class: parts[1],
      member_code: parts[2],
      subsystem_code: parts[3],
      service_code: parts[4],
      endpoint_list: endpoints,
    })),
  }),
  govstack: (services) => ({
    member: services.map(({ parts, endpoints }) => ({
      objectType: "SERVICE",
      serviceType: "OPENAPI",
      instanceId: parts[0],
      memberClass: parts[1],
      memberCode: parts[2],
      applicationCode: parts[3],
      serviceCode: parts[4],
      endpointList: { member: endpoints },
    })),
  }),
};

/**
 * Lists services with their endpoints, in the order of their ids.
 * @param permits leaves endpoints out
 */
export function listMethods(
  services: Iterable<ServiceDescription>,
  dialect: ListingDialect,
  permits: (service: ServiceDescription, endpoint: Endpoint) => boolean = () => true,
): object {
  const sorted = [...services].sort((a, b) => (a.id < b.id ? -1 : 1));
  return shapes[dialect](
    sorted.map((service) => ({
      parts: service.id.split("/").map(decodeURIComponent) as unknown as ListedService["parts"],
      endpoints: service.endpoints
        .filter((endpoint) => !isBase(endpoint) && permits(service, endpoint))
        .map(({ method, template }) => ({ method, path: wildcards(template.text) })),
    })),
  );
}

/** What stands for the service as a whole is no endpoint of a list. */
function isBase({ method, template }: Endpoint): boolean {
  return method === "*" && template.text === "/**";
}

function wildcards(template: string): string {
  return template.replaceAll(/\{[^}]*\}/g, "*");
}
