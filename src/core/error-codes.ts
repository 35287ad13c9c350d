/**
 * Every error that Sealway tells anybody, once: HTTP status in plain dialect, X-Road's word for it (7.8 snake
 * case; the 7.7 word is its PascalCase unless `xroad77` says otherwise), whose fault it is, a title and a remedy.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly xroad: string;
  readonly xroad77?: string;
  readonly fault: "consumer" | "provider" | "peer" | "gateway" | "trust-services" | "nobody";
  readonly title: string;
  readonly remedy: string;
}

const consumer = "consumer";
const provider = "provider";
const peer = "peer";
const gateway = "gateway";
const nobody = "nobody";

// biome-ignore format: a table is read by its columns
export const errorCodes = {
  // The request of an information system
  bad_request:              { status: 400, xroad: "bad_request", fault: consumer, title: "The request cannot be read", remedy: "Send well-formed HTTP/1.1 to /r1/{instance}/{class}/{member}/{subsystem}/{service}." },
  ambiguous_path:           { status: 400, xroad: "bad_request", fault: consumer, title: "The path can be read in more than one way", remedy: "Remove dot segments, empty segments, encoded slashes, backslashes and control characters from the path." },
  duplicate_header_field:   { status: 400, xroad: "duplicate_header_field", fault: consumer, title: "A header that must be unique occurs more than once", remedy: "Send the header once." },
  missing_header_field:     { status: 400, xroad: "missing_header_field", fault: consumer, title: "A required header is missing", remedy: "Add the header that the message names." },
  headers_too_large:        { status: 431, xroad: "bad_request", fault: consumer, title: "The headers are too large", remedy: "Keep all headers together within 24 KiB and the request target within 8 KiB." },
  invalid_http_method:      { status: 405, xroad: "invalid_http_method", fault: consumer, title: "The method is not supported", remedy: "Use DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT or TRACE." },
  invalid_client_identifier:{ status: 400, xroad: "invalid_client_identifier", fault: consumer, title: "The client identifier is missing or malformed", remedy: "Send X-Road-Client: {instance}/{class}/{member}/{subsystem}, each part percent-encoded." },
  invalid_service_identifier:{ status: 400, xroad: "bad_request", fault: consumer, title: "The service identifier is malformed", remedy: "Address the service as /r1/{instance}/{class}/{member}/{subsystem}/{service}." },
  invalid_query_id:         { status: 400, xroad: "bad_request", fault: consumer, title: "X-Road-Id is too long or has characters that cannot be carried", remedy: "Use at most 1,000 printable characters; a UUID is best." },
  invalid_represented_party:{ status: 400, xroad: "bad_request", fault: consumer, title: "X-Road-Represented-Party is malformed", remedy: "Send {class}/{member} or {member}." },
  invalid_body:             { status: 400, xroad: "invalid_body", fault: consumer, title: "The body is not what the service takes", remedy: "Send UTF-8 JSON without byte-order mark, duplicate names or lone surrogates, and the media type that the service names." },
  invalid_parameter:        { status: 400, xroad: "invalid_request", fault: consumer, title: "A parameter of path or query is not what the service takes", remedy: "Send the parameters as the service description has them." },
  missing_parameter:        { status: 400, xroad: "invalid_request", fault: consumer, title: "A parameter of the query is missing", remedy: "Add the parameter that the message names." },
  body_too_large:           { status: 413, xroad: "invalid_body", fault: consumer, title: "The body is larger than the service takes", remedy: "Send a smaller body, or ask the provider to raise the limit in the service description." },
  incomplete_body:          { status: 400, xroad: "invalid_body", fault: consumer, title: "The body ended before it was complete", remedy: "Send the request again." },
  not_found:                { status: 404, xroad: "not_found", fault: consumer, title: "There is nothing at this path", remedy: "Call /r1/… for services; the README lists the other paths." },
  // Who asks
  client_not_served:        { status: 403, xroad: "unknown_member", fault: consumer, title: "The client is not registered at this security server", remedy: "Register the subsystem with this security server, or call the server that serves it." },
  client_authentication_required: { status: 401, xroad: "ssl_authentication_failed", fault: consumer, title: "The client must authenticate itself", remedy: "Connect in the way the subsystem is registered with: HTTPS, a client certificate, or a bearer token in Proxy-Authorization." },
  client_authentication_failed: { status: 403, xroad: "ssl_authentication_failed", fault: consumer, title: "The credential is not one of this client's", remedy: "Use a certificate or token that is registered for this subsystem." },
  // Where to
  unknown_member:           { status: 404, xroad: "unknown_member", fault: consumer, title: "The provider is not registered", remedy: "Check the first four parts of the service identifier against the member list." },
  unknown_service:          { status: 404, xroad: "unknown_service", fault: consumer, title: "The service is not registered", remedy: "Check the service code; the provider's list of services has the names." },
  invalid_security_server:  { status: 404, xroad: "invalid_security_server", fault: consumer, title: "The security server asked for does not serve the provider", remedy: "Leave X-Road-Security-Server out, or name a server of the provider." },
  provider_moved:           { status: 503, xroad: "network_error", fault: nobody, title: "The provider has moved to another security server", remedy: "Try again after the time in Retry-After: the newest configuration says where it is." },
  wrong_recipient:          { status: 421, xroad: "invalid_message", fault: peer, title: "The message is addressed to another security server", remedy: "The sender's configuration is out of date: it should fetch the global configuration and sign anew." },
  // May they
  access_denied:            { status: 403, xroad: "access_denied", fault: consumer, title: "No agreement permits this call", remedy: "Ask the provider for an agreement that covers this service and endpoint." },
  version_not_granted:      { status: 403, xroad: "access_denied", fault: consumer, title: "The agreement does not cover this version of the service", remedy: "Ask the provider for an agreement that covers the version in force." },
  purpose_unknown:          { status: 400, xroad: "bad_request", fault: consumer, title: "The service has no such purpose", remedy: "Name in Sealway-Purpose one purpose that the service description lists." },
  purpose_not_stated:       { status: 403, xroad: "access_denied", fault: consumer, title: "The agreement asks that each call states its purpose itself", remedy: "Name in Sealway-Purpose a purpose of the agreement." },
  purpose_not_granted:      { status: 403, xroad: "access_denied", fault: consumer, title: "The agreement does not allow this purpose, or the call names none", remedy: "Name in Sealway-Purpose a purpose of the agreement." },
  purpose_expired:          { status: 403, xroad: "access_denied", fault: provider, title: "The purpose has ended", remedy: "Use a version of the service that has the purpose in force, or another purpose; the provider's contact knows more." },
  lawful_basis_mismatch:    { status: 403, xroad: "access_denied", fault: peer, title: "The lawful basis named is not the one of the purpose", remedy: "The consumer's security server is faulty: its operator should be told." },
  decision_use_not_allowed: { status: 403, xroad: "access_denied", fault: consumer, title: "The purpose does not allow this use of the answer, or the call names none", remedy: "Name in Sealway-Decision-Use a use that the purpose lists." },
  emergency_not_granted:    { status: 403, xroad: "access_denied", fault: consumer, title: "Emergency access is not granted for this call", remedy: "Call without Sealway-Emergency; agreement and purpose must both grant it, and earlier emergencies be reviewed within 72 hours." },
  emergency_user_missing:   { status: 403, xroad: "access_denied", fault: consumer, title: "Emergency access names the official who claims it", remedy: "Send X-Road-UserId." },
  dry_runs_exceeded:        { status: 429, xroad: "access_denied", fault: consumer, title: "The client has made as many dry runs about persons as it may in a minute", remedy: "Wait until the next minute; dry runs that name nobody are not counted." },
  permission_required:      { status: 403, xroad: "access_denied", fault: consumer, title: "The call needs a permission of the person whom it is about", remedy: "Ask the person for a permission that covers client, service, purpose and fields, and call while it is in force." },
  quota_exceeded:           { status: 429, xroad: "access_denied", fault: consumer, title: "As many calls were made as the service or the agreement allows", remedy: "Wait for the time in Retry-After; ask the provider for a higher quota when it is needed for good." },
  nothing_granted:          { status: 403, xroad: "access_denied", fault: consumer, title: "Nothing would be left of the answer", remedy: "Ask the provider for an agreement whose fields and purpose need something that this endpoint answers." },
  fields_not_granted:       { status: 403, xroad: "access_denied", fault: consumer, title: "The message holds fields that may not be disclosed", remedy: "Leave out the fields that the message names, or ask for an agreement and a purpose that need them: a message is never cut." },
  signed_not_filtered:      { status: 403, xroad: "access_denied", fault: consumer, title: "The answer is signed, and the agreement does not grant all of it", remedy: "Signed content is never cut: ask for an agreement and a purpose that cover it whole, or call a service that answers less." },
  agreement_mismatch:       { status: 403, xroad: "access_denied", fault: consumer, title: "The agreement named is not the one in force", remedy: "Load the current revision of the agreement at the consumer's security server." },
  agreement_suspended:      { status: 403, xroad: "access_denied", fault: consumer, title: "The agreement is suspended", remedy: "Ask whoever suspended it, or meet its conditions: `sealway agreements show` tells who and why." },
  description_mismatch:     { status: 409, xroad: "invalid_message", fault: peer, title: "The service description named is not the one in force", remedy: "The consumer's security server should fetch the global configuration and try again." },
  endpoint_not_described:   { status: 404, xroad: "unknown_service", fault: consumer, title: "The service has no such endpoint", remedy: "Use a method and path that the service description lists." },
  service_suspended:        { status: 503, xroad: "service_failed", fault: provider, title: "The provider has suspended the service", remedy: "Wait until it is resumed; the provider's contact knows more." },
  service_archived:         { status: 410, xroad: "unknown_service", fault: consumer, title: "The version of the service has ended", remedy: "Use the version that the catalogue has now." },
  permission_terms:         { status: 400, xroad: "bad_request", fault: consumer, title: "No permission can be for what is asked", remedy: "Ask for a purpose of the service that needs a permission, and for fields and limits that the service description has." },
  permission_state:         { status: 409, xroad: "invalid_request", fault: consumer, title: "The permission's state does not allow the act", remedy: "Show the permission again: it was changed, has ended, or its time has passed." },
  sign_in_refused:          { status: 403, xroad: "access_denied", fault: consumer, title: "The sign-in does not prove the person's act", remedy: "Have the person sign in again, for the text as it is now, at an identity provider and level of assurance that the provider's server accepts." },
  representation_refused:   { status: 403, xroad: "access_denied", fault: consumer, title: "No power covers what is done for somebody else", remedy: "Act for oneself, or have the register of representatives record a power that covers it and that counts at the provider." },
  representation_unknown:   { status: 502, xroad: "service_failed", fault: provider, title: "The register of representatives could not be asked", remedy: "Try again later; the provider's operator should see whether its register answers, and has an agreement." },
  subject_missing:          { status: 400, xroad: "invalid_request", fault: consumer, title: "The person or organisation that the request is about is not where the description says", remedy: "Put the identifier where the service description locates the subject." },
  subject_malformed:        { status: 400, xroad: "invalid_request", fault: consumer, title: "The identifier of the person or organisation is none of its scheme", remedy: "Write it as the identifier scheme says; the vocabulary has the form." },
  "subject.mismatch":       { status: 400, xroad: "invalid_message", fault: peer, title: "The commitments do not fit the persons in the request", remedy: "The consumer's security server is faulty: its operator should be told." },
  // Is the message authentic
  peer_unknown:             { status: 403, xroad: "ssl_authentication_failed", fault: peer, title: "The connection's certificate belongs to no registered security server", remedy: "Register the server's TLS certificate with the governing authority." },
  malformed_message:        { status: 400, xroad: "invalid_message", fault: peer, title: "The message is malformed", remedy: "The sending security server is faulty or not a Sealway: check its version." },
  unsupported_version:      { status: 400, xroad: "invalid_message", fault: peer, title: "The message has a version that is not spoken here", remedy: "Upgrade the older of the two security servers." },
  missing_signature:        { status: 400, xroad: "missing_signature", fault: peer, title: "The message is not signed", remedy: "The sending security server is faulty: check its version." },
  malformed_statement:      { status: 400, xroad: "malformed_signature", fault: peer, title: "The signed statement does not follow its form", remedy: "Whoever made it is faulty, or it was altered: have it made again." },
  malformed_checkpoint:     { status: 400, xroad: "invalid_message", fault: peer, title: "The checkpoint or what belongs to it does not follow its form", remedy: "The sending security server is faulty: check its version." },
  malformed_signature:      { status: 400, xroad: "malformed_signature", fault: peer, title: "The signature does not follow the profile", remedy: "The sending security server is faulty: check its version." },
  invalid_signature:        { status: 400, xroad: "invalid_signature_value", fault: peer, title: "The signature does not fit the message", remedy: "The message was altered on its way or signed by another key: the sender's operator should look into it." },
  digest_mismatch:          { status: 400, xroad: "invalid_signature_value", fault: peer, title: "The bytes received are not those that were signed", remedy: "The message was altered on its way: the sender's operator should look into it." },
  inconsistent_headers:     { status: 400, xroad: "inconsistent_headers", fault: peer, title: "The signed document and the signed head contradict each other", remedy: "The sending security server is faulty: check its version." },
  certificate_unknown:      { status: 400, xroad: "incorrect_certificate", fault: peer, title: "The signing certificate is not registered", remedy: "Register the certificate with the governing authority; it takes effect with the next configuration." },
  certificate_wrong_member: { status: 400, xroad: "incorrect_certificate", fault: peer, title: "The signing certificate belongs to another member or is no seal certificate", remedy: "Sign with the seal certificate that is registered for this member and server." },
  certificate_expired:      { status: 400, xroad: "cert_validation", fault: peer, title: "The signing certificate is not valid at this time", remedy: "Renew the certificate of the signing member." },
  certificate_revoked:      { status: 400, xroad: "cert_validation", fault: peer, title: "The signing certificate is revoked or suspended", remedy: "Get a new certificate for the signing member; treat the old key as lost." },
  certificate_chain:        { status: 400, xroad: "cannot_create_cert_path", fault: peer, title: "The signing certificate leads to no approved CA", remedy: "Use a certificate of a CA that the global configuration lists." },
  certificate_unfit:        { status: 400, xroad: "incorrect_certificate", fault: peer, title: "The certificate's key or purpose is not one that is accepted here", remedy: "Use a P-256 key or RSA of 3,072 bits or more, and the certificate profile for the purpose." },
  ocsp_invalid:             { status: 400, xroad: "incorrect_validation_info", fault: peer, title: "The OCSP response is missing, malformed or not for this certificate", remedy: "Check the OCSP responder of the sender's CA." },
  ocsp_stale:               { status: 400, xroad: "incorrect_validation_info", fault: peer, title: "The OCSP response is too old", remedy: "The sender must reach its CA's OCSP responder again." },
  clock_skew:               { status: 400, xroad: "invalid_message", fault: peer, title: "The message was signed too long ago or in the future", remedy: "Set the clocks of both security servers; the window is 60 seconds." },
  replay:                   { status: 409, xroad: "invalid_message", fault: peer, title: "Another message with this exchange id was received before", remedy: "Sign a new message with a new exchange id." },
  query_id_repeated:        { status: 409, xroad: "bad_request", fault: consumer, title: "A call with this X-Road-Id was made a moment ago and may have been carried out", remedy: "The exchange named is that call: fetch its evidence for what became of it, or send a new call with an X-Road-Id of its own." },
  exchange_in_progress:     { status: 409, xroad: "invalid_message", fault: nobody, title: "This exchange is still running", remedy: "Wait for its answer; do not send it again before Retry-After." },
  // The answer
  service_unreachable:      { status: 502, xroad: "service_failed", fault: provider, title: "The provider's information system cannot be reached", remedy: "Tell the provider's contact; try again later." },
  service_timeout:          { status: 504, xroad: "service_failed", fault: provider, title: "The provider's information system did not answer in time", remedy: "Tell the provider's contact; try again later." },
  service_cut_off:          { status: 502, xroad: "service_failed", fault: provider, title: "The provider's information system broke off its answer", remedy: "Tell the provider's contact; try again later." },
  service_busy:             { status: 503, xroad: "service_failed", fault: provider, title: "The service has as many calls in progress as it takes", remedy: "Try again after the time in Retry-After." },
  invalid_response:         { status: 502, xroad: "service_failed", fault: provider, title: "The provider's information system gave an answer that may not be delivered", remedy: "Tell the provider's contact: the answer breaks the service description." },
  target_not_allowed:       { status: 502, xroad: "service_malformed_url", fault: provider, title: "The service's address is not one that the server's owner allows", remedy: "The provider must have the host listed by the owner of its security server." },
  peer_unreachable:         { status: 502, xroad: "network_error", fault: peer, title: "The provider's security server cannot be reached", remedy: "Tell the provider's contact; try again later." },
  server_in_maintenance:    { status: 503, xroad: "maintenance_mode", fault: peer, title: "The provider's security server is in maintenance", remedy: "Try again after the time in Retry-After; nothing was done." },
  peer_timeout:             { status: 504, xroad: "network_error", fault: peer, title: "The provider's security server did not answer in time", remedy: "Ask for the outcome of this exchange before you send it again." },
  peer_cut_off:             { status: 502, xroad: "network_error", fault: peer, title: "The connection to the provider's security server broke", remedy: "Ask for the outcome of this exchange before you send it again." },
  peer_rejected:            { status: 502, xroad: "network_error", fault: peer, title: "The provider's security server did not take the message", remedy: "The operators of both security servers should look into it; the detail has the peer's own word." },
  inconsistent_response:    { status: 502, xroad: "inconsistent_response", fault: peer, title: "The answer does not belong to this request", remedy: "The provider's operator should look into it." },
  interrupted:              { status: 503, xroad: "service_failed", fault: gateway, title: "A security server could not finish the exchange", remedy: "Whether the service acted is not known: ask the provider before you repeat a call that changes something." },
  deadline_exceeded:        { status: 504, xroad: "service_failed", fault: nobody, title: "The deadline of the exchange has passed", remedy: "Send a new request." },
  answer_not_kept:          { status: 409, xroad: "service_failed", fault: nobody, title: "The exchange was answered before and the answer is not kept", remedy: "The record has its proof; send a new request when the answer is needed again." },
  // The catalogue
  act_out_of_order:         { status: 409, xroad: "invalid_request", fault: provider, title: "The act does not follow the newest one", remedy: "Sign the act anew on what there is now; `sealway services history` and `sealway agreements show` list the acts." },
  act_not_fresh:            { status: 400, xroad: "invalid_request", fault: provider, title: "The act was signed too long ago, or in the future", remedy: "Set the clocks right and sign the act anew." },
  act_refused:              { status: 422, xroad: "invalid_request", fault: provider, title: "The act is not one that is taken", remedy: "Do what the detail says, and sign the act anew." },
  transition_refused:       { status: 409, xroad: "invalid_request", fault: provider, title: "The state does not allow the act", remedy: "Choose another act or another version; `sealway services history` and `sealway agreements show` tell the state." },
  publication_refused:      { status: 422, xroad: "invalid_request", fault: provider, title: "The description does not pass the publishing gate", remedy: "Mend every finding; `sealway services check` tells them before." },
  registration_refused:     { status: 422, xroad: "invalid_request", fault: provider, title: "What is asked for cannot be registered", remedy: "Send another request without what the message names." },
  registration_unknown:     { status: 404, xroad: "not_found", fault: provider, title: "There is no such registration request", remedy: "Name the id under which the request was sent; it may be another authority's." },
  authority_unreachable:    { status: 502, xroad: "network_error", fault: nobody, title: "The governing authority cannot be reached", remedy: "Try again later; what is published goes on working." },
  management_unreachable:   { status: 502, xroad: "network_error", fault: nobody, title: "The management server cannot be reached, or is not the one", remedy: "See that `sealway console` runs there, and give the certificate that it shows where no known authority vouches for it." },
  // What follows an exchange
  too_many_open:            { status: 429, xroad: "invalid_request", fault: consumer, title: "As many cases are open as are taken at a time", remedy: "Wait until some of them are answered and closed." },
  already_answered:         { status: 409, xroad: "invalid_request", fault: consumer, title: "It was answered before, and otherwise", remedy: "The first answer stands; tell the other side's contact what has changed since." },
  agreement_by_law:         { status: 409, xroad: "invalid_request", fault: provider, title: "The law orders the access: the provider has a deadline, and no veto", remedy: "Approve the agreement; ask the governing authority to suspend it where something is wrong." },
  questionnaire_incomplete: { status: 422, xroad: "invalid_request", fault: consumer, title: "The questions to whoever asks for an agreement are not all answered", remedy: "Answer every question that is asked, as the questionnaire has them." },
  // Moving to another server
  left_behind:              { status: 409, xroad: "invalid_request", fault: provider, title: "The subsystem would leave behind what calls and people need", remedy: "Do what `sealway moves check` says of each, and hand over again." },
  hand_over_refused:        { status: 409, xroad: "invalid_request", fault: provider, title: "The hand-over is none that this server waits for", remedy: "Invite the subsystem anew (`sealway moves invite`) and have it handed over to that invitation." },
  // Evidence
  evidence_pending:         { status: 503, xroad: "timestamping_failed", fault: nobody, title: "The evidence is not complete yet", remedy: "Messages are time-stamped in batches, every 30 seconds: try again after the time in Retry-After." },
  // The management API
  sign_in_required:         { status: 401, xroad: "access_denied", fault: consumer, title: "Nobody is signed in", remedy: "Sign in, or send Authorization: Bearer with an API key that has not ended." },
  not_permitted:            { status: 403, xroad: "access_denied", fault: consumer, title: "None of the caller's roles allows it there", remedy: "Ask an administrator of the member for a role that does; the OpenAPI document names the roles of each path." },
  mandate_missing:          { status: 403, xroad: "access_denied", fault: consumer, title: "More than metadata needs a mandate", remedy: "Have the data protection officer order a mandate for the member, and another person confirm it." },
  two_people_needed:        { status: 403, xroad: "access_denied", fault: consumer, title: "It needs another person", remedy: "Have somebody confirm it who neither ordered it nor profits from it." },
  form_not_ours:            { status: 403, xroad: "access_denied", fault: consumer, title: "The request comes from no page of this session", remedy: "Send the session's form token in X-Form-Token, from a page of this server." },
  nothing_here:             { status: 404, xroad: "not_found", fault: consumer, title: "There is no such thing, or it is not the caller's to see", remedy: "Look into the list of what there is." },
  changed_meanwhile:        { status: 412, xroad: "invalid_request", fault: consumer, title: "It was changed since it was read", remedy: "Read it again, and send the new ETag in If-Match." },
  precondition_missing:     { status: 428, xroad: "invalid_request", fault: consumer, title: "The request does not say which state it changes", remedy: "Send the ETag of what was read in If-Match." },
  too_many_attempts:        { status: 429, xroad: "access_denied", fault: consumer, title: "Too many attempts to sign in failed", remedy: "Wait ten minutes." },
  certificate_refused:      { status: 422, xroad: "invalid_request", fault: consumer, title: "The certificate cannot be used for the key", remedy: "Do what stands beside each finding, and import what is issued then." },
  server_not_running:       { status: 503, xroad: "network_error", fault: gateway, title: "The security server does not answer its console", remedy: "Start `sealway serve` on the same configuration file." },
  media_type_unknown:       { status: 415, xroad: "invalid_request", fault: consumer, title: "The body's media type is not taken", remedy: "Send application/json." },
  // Unable
  spool_unavailable:        { status: 503, xroad: "io_error", fault: gateway, title: "A large body cannot be kept on disk", remedy: "The operator must look at disk space and permissions of the spool directory; nothing was forwarded." },
  log_unavailable:          { status: 503, xroad: "logging_failed", fault: gateway, title: "The message log cannot be written", remedy: "The operator must look at disk space and permissions; nothing was forwarded." },
  cluster_mismatch:         { status: 503, xroad: "logging_failed", fault: gateway, title: "This node has not what the nodes of its message log have in common", remedy: "Give it the directories and keys of the others; see \"Several nodes\" in the README." },
  log_discontinuous:        { status: 503, xroad: "logging_failed", fault: gateway, title: "The message log does not continue what witnesses have seen of it", remedy: "Put back the newest copy of the log; if it is lost, two officers sign a discontinuity record: sealway log discontinuity." },
  legal_hold:               { status: 409, xroad: "invalid_request", fault: nobody, title: "A legal hold keeps the record", remedy: "Ask the authority of the case; when the hold is lifted, retention goes on at once." },
  enrolment_failed:         { status: 502, xroad: "network_error", fault: "trust-services", title: "The certification authority issued no certificate", remedy: "The message has the authority's own word; the certificates in use go on working until they end." },
  signer_unavailable:       { status: 503, xroad: "cannot_create_signature", fault: gateway, title: "The member's signing key cannot be used", remedy: "The operator must look at the key, its certificate and its OCSP state." },
  overloaded:               { status: 503, xroad: "network_error", fault: gateway, title: "The security server has as much work in progress as it takes", remedy: "Try again after the time in Retry-After." },
  draining:                 { status: 503, xroad: "maintenance_mode", fault: gateway, title: "The security server is stopping", remedy: "Try again after the time in Retry-After." },
  configuration_stale:      { status: 503, xroad: "global_conf_outdated", xroad77: "OutdatedGlobalConf", fault: gateway, title: "The global configuration is too old for a sensitive service", remedy: "The operator must restore the connection to the governing authority or one of its mirrors; services that are not marked as sensitive go on." },
  configuration_expired:    { status: 503, xroad: "global_conf_outdated", xroad77: "OutdatedGlobalConf", fault: gateway, title: "The global configuration has expired", remedy: "The operator must restore the connection to the governing authority or one of its mirrors." },
  timestamping_overdue:     { status: 503, xroad: "timestamping_failed", fault: "trust-services", title: "Messages have waited too long for their time-stamp", remedy: "The operator must restore the connection to a time-stamping authority." },
  internal_error:           { status: 500, xroad: "internal_error", fault: gateway, title: "The security server failed", remedy: "The operator finds the cause in the process log under the exchange id." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCodes;
