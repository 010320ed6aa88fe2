// Made of openapi.json by `npm run api`: mend it there.

export type Alias = { address: string; user: string }

export type AliasFilter = { user: string; domain: string }

export type AliasList = { limit: number; cursor: string; q: string; sort: string; filter: AliasFilter }

export type Carried = { waiting_for: (string)[]; note: string }

export type Credentials = { login: string; password: string; code: string; link: string }

export type Declaration = { key: string; scope: "binding" | "domain" | "listener" | "system" | "user"; page: string; label: string; help: string; kind: "boolean" | "choice" | "choices" | "list" | "number" | "text"; default: unknown; unit: string; choices: (string)[]; inherits: string; is_secret: boolean; warning: string; manual: string }

export type Deleting = { way: "archive" | "database" | "remove"; with_users: boolean; confirmed: boolean }

export type DeletingUser = { way: "archive" | "database" | "remove"; confirmed: boolean }

export type Domain = { name: string; kind: string; users: number; aliases: number; names: (string)[]; suspended: (string)[]; directory: string; max_users: number; box_limit_octets: number; used_octets: number | null }

export type DomainDetail = { name: string; settings: (Value)[]; note: string }

export type DomainFilter = { kind: "backup" | "clustered" | "etrn" | "normal" | "relay" | null; smtp_suspended: boolean | null; pop3_suspended: boolean | null; imap_suspended: boolean | null }

export type DomainList = { limit: number; cursor: string; q: string; sort: string; filter: DomainFilter }

export type DomainPatch = { settings: Record<string, unknown> }

export type Forward = { target: string }

export type NewAlias = { address: string; user: string }

export type NewDomain = { name: string; settings: Record<string, unknown> }

export type NewName = { address: string; keep_old: boolean }

export type NewPassword = { password: string; blank: boolean }

export type NewUser = { address: string; password: string; settings: Record<string, unknown>; blank: boolean }

export type Page_Alias = { rows: (Alias)[]; next: string; total: number | null }

export type Page_Domain = { rows: (Domain)[]; next: string; total: number | null }

export type Page_UserRow = { rows: (UserRow)[]; next: string; total: number | null }

export type ProblemBody = { title: string; status: number; code: string; detail: string; field: string; hint: string; type: string }

export type Session = { signed_in: boolean; role: string; name: string; domains: (string)[]; scopes: (string)[] | null; csrf_token: string; ends_at: string | null; has_second_factor: boolean; version: string; needs_administrator: boolean; has_domains: boolean }

export type Settings = { settings: (Value)[] }

export type SettingsPatch = { settings: Record<string, unknown> }

export type UserDetail = { address: string; settings: (Value)[]; note: string }

export type UserFilter = { domain: string; kind: "disabled" | "normal" | "trap" | null; administrators: boolean | null; nearly_full: boolean | null; may_administer: string }

export type UserList = { limit: number; cursor: string; q: string; sort: string; filter: UserFilter }

export type UserPatch = { settings: Record<string, unknown> }

export type UserRow = { address: string; first_name: string; last_name: string; kind: string; box_limit_octets: number; message_limit_octets: number; is_system_administrator: boolean; administers: number; forwards: (string)[]; last_login_at: string | null; used_octets: number | null; used_messages: number | null; used_at: string | null }

export type Value = { key: string; value: unknown; own: boolean; source: string; default: unknown }

export interface Routes {
  "DELETE /api/v1/aliases/{address}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/domains/{name}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/session": { gives: undefined; takes: undefined }
  "DELETE /api/v1/users/{address}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/users/{address}/forwards/{target}": { gives: Carried; takes: undefined }
  "GET /api/v1/aliases": { gives: Page_Alias; takes: undefined }
  "GET /api/v1/domains": { gives: Page_Domain; takes: undefined }
  "GET /api/v1/domains/{name}": { gives: DomainDetail; takes: undefined }
  "GET /api/v1/session": { gives: Session; takes: undefined }
  "GET /api/v1/settings": { gives: Settings; takes: undefined }
  "GET /api/v1/settings/schema": { gives: (Declaration)[]; takes: undefined }
  "GET /api/v1/settings/{key}": { gives: Value; takes: undefined }
  "GET /api/v1/users": { gives: Page_UserRow; takes: undefined }
  "GET /api/v1/users/{address}": { gives: UserDetail; takes: undefined }
  "PATCH /api/v1/domains/{name}": { gives: Carried; takes: DomainPatch }
  "PATCH /api/v1/settings": { gives: Carried; takes: SettingsPatch }
  "PATCH /api/v1/users/{address}": { gives: Carried; takes: UserPatch }
  "POST /api/v1/aliases": { gives: Carried; takes: NewAlias }
  "POST /api/v1/domains": { gives: Carried; takes: NewDomain }
  "POST /api/v1/session": { gives: Session; takes: Credentials }
  "POST /api/v1/users": { gives: Carried; takes: NewUser }
  "POST /api/v1/users/{address}/forwards": { gives: Carried; takes: Forward }
  "POST /api/v1/users/{address}/rename": { gives: Carried; takes: NewName }
  "PUT /api/v1/users/{address}/password": { gives: Carried; takes: NewPassword }
}
