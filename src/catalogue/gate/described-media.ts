import { pointerToken } from "../../core/json-pointer.ts";
import type { DescriptionDocument, EndpointDocument, Media } from "../description-document.ts";

/** A schema of an endpoint with its examples, and which way its documents go. */
export interface DescribedMedia {
  readonly endpoint: EndpointDocument;
  readonly direction: "request" | "response";
  /** HTTP status of a response. */
  readonly status: string | undefined;
  readonly media: Media;
  /** JSON pointer into the description. */
  readonly place: string;
}

/** Every schema of a body in a description. */
export function describedMedia({ endpoints }: DescriptionDocument): readonly DescribedMedia[] {
  return endpoints.flatMap((endpoint, i): DescribedMedia[] => {
    const { request, responses = {} } = endpoint;
    const place = `/endpoints/${i}`;
    return [
      ...(request === undefined
        ? []
        : [
            {
              endpoint,
              direction: "request" as const,
              status: undefined,
              media: request,
              place: `${place}/request`,
            },
          ]),
      ...Object.entries(responses).map(([status, media]) => ({
        endpoint,
        direction: "response" as const,
        status,
        media,
        place: `${place}/responses/${pointerToken(status)}`,
      })),
    ];
  });
}
