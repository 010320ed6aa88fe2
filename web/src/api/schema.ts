// Made of openapi.json by `npm run api`: mend it there.

export type About = { version: string; python: string; system: string; parts: (Part)[] }

export type AddedRule = { number: number; waiting_for: (string)[]; note: string }

export type AddressToLookUp = { address: string; node: string }

export type AddressTried = { node: string; is_on: boolean; answers: (ListAnswer)[] }

export type AdministratorRow = { address: string; is_system: boolean; domain_count: number }

export type Alias = { address: string; user: string }

export type AliasFilter = { user: string; domain: string }

export type AliasList = { limit: number; cursor: string; q: string; sort: string; filter: AliasFilter }

export type Amount = { messages: number; recipients: number; octets: number }

export type ApiKey = { id: number; name: string; owner: string; scopes: (string)[]; made_at: string | null; ends_at: string | null; used_at: string | null }

export type ApopSecret = { secret: string }

export type Asked = { limit: number; cursor: string; q: string; sort: string }

export type AskedAddress = { address: string; connection: string }

export type AuditEntry = { number: number; at: string | null; actor_kind: string; actor: string; key_name: string; peer: string; request: string; subject: string; before: unknown; after: unknown; result: string; reason: string; system: string }

export type AuditFilter = { actor: string; request: string; result: "" | "denied" | "done" | "failed"; since: string | null; until: string | null }

export type AuditList = { limit: number; cursor: string; q: string; sort: string; filter: AuditFilter }

export type Ban = { value: string; kind: "address" | "domain"; source: "administrator" | "spam_trap"; comment: string; made_at: string | null; expires_at: string | null }

export type BanFilter = { kind: "" | "address" | "domain"; connection: string }

export type BanList = { limit: number; cursor: string; q: string; sort: string; filter: BanFilter }

export type BlockList = { entry: string; node: string; state: string; reason: string; since: string | null; asked: number; listed: number; silent: number }

export type Blocked = { address: string; seconds_left: number }

export type Carried = { waiting_for: (string)[]; note: string }

export type Cleaning = { next_at: string | null; clock_trouble: string; last: CleaningRun | null; sum_since: string | null; sum: CleaningTotals }

export type CleaningDeed = { what: "archive" | "left" | "messages" | "move" | "remove" | "spared" | "trouble" | "user" | "waits"; name: string; messages: number; octets: number; note: string }

export type CleaningRun = { number: number; state: "done" | "refused" | "running" | "stopped"; dry_run: boolean; domain: string; begun_at: string | null; ended_at: string | null; totals: CleaningTotals; note: string }

export type CleaningTotals = { looked_at: number; messages: number; octets: number; users: number; archived: number; moved: number; removed: number; removed_octets: number; troubles: number }

export type ClusterMember = { name: string; host: string; port: number; smtp_address: string; state: "away" | "in_sync" | "never_seen" | "silent"; system_name: string; addresses: number; domains: (string)[]; known_at: string | null; trouble: string }

export type Code = { code: string }

export type Codes = { codes: (string)[] }

export type Confirming = { confirmed: boolean }

export type Connected = { service: string; node: string; client: string; user: string; since: string | null }

export type Connection = { address: string; display_name: string; default_domain: string; bans_trap_senders: boolean; services: (LiveListener)[] }

export type ConnectionDetail = { address: string; settings: (Value)[] }

export type ConnectionPatch = { settings: Record<string, unknown> }

export type Counting = { filter: mailmax_webadmin_api_choice_Which; top: number }

export type Counts = { total: Amount; states: (StateAmount)[]; destinations: (Destination)[]; domains: number }

export type Credentials = { login: string; password: string; code: string; link: string }

export type DatabaseState = { engine: "postgresql" | "sqlite"; version: string; place: string; octets: number; schema: string; is_newest_schema: boolean; latency_s: number; counts: (RowCount)[]; backup: string }

export type DeadOrder = { deed: "delete" | "resend"; selection: Meant; dry_run: boolean; cursor: string }

export type DeadRow = { id: string; entry_id: string; sender: string; recipient: string; received_at: string | null; failed_at: string | null; tries: number; status: string; last_reply: string; host: string; size_octets: number }

export type Declaration = { key: string; scope: "binding" | "domain" | "listener" | "system" | "user"; page: string; label: string; help: string; kind: "boolean" | "choice" | "choices" | "list" | "number" | "text"; default: unknown; unit: string; choices: (string)[]; inherits: string; is_secret: boolean; warning: string; manual: string; zero: "" | "for_ever" | "never" | "no_limit" | "not_at_all" | "system" }

export type Deleting = { way: "archive" | "database" | "remove"; with_users: boolean; confirmed: boolean }

export type DeletingUser = { way: "archive" | "database" | "remove"; confirmed: boolean }

export type Destination = { domain: string; amount: Amount; oldest_at: string | null; next_try_at: string | null; last_reply: string; host: string; connections: number; window: number; is_etrn: boolean }

export type Domain = { name: string; kind: string; users: number; aliases: number; names: (string)[]; suspended: (string)[]; directory: string; max_users: number; box_limit_octets: number; used_octets: number | null }

export type DomainDetail = { name: string; settings: (Value)[]; note: string }

export type DomainFilter = { kind: string; smtp_suspended: boolean | null; pop3_suspended: boolean | null; imap_suspended: boolean | null; web_suspended: boolean | null }

export type DomainList = { limit: number; cursor: string; q: string; sort: string; filter: DomainFilter }

export type DomainNames = { names: (string)[] }

export type DomainPatch = { settings: Record<string, unknown> }

export type Done = { messages: number; recipients: number; later: number; missing: (string)[]; next: string }

export type Door = { node: string; port: number; state: string; reason: string; sessions: number; is_paused: boolean }

export type DownloadWarning = { confirmed: boolean }

export type Enrolment = { secret: string; uri: string }

export type Entry = { id: string; sender: string; received_at: string | null; size_octets: number; client: string; helo: string; protocol: string; origin: string; body_type: string; envelope_id: string; hold_until: string | null; deliver_by: string | null; priority: number; require_tls: boolean; recipients: (RecipientRow)[]; next: string }

export type Extent = { users: number; aliases: number; names: (string)[] }

export type FailedLogins = { service: string; failed: number; peers: (Peer)[] }

export type Failing = { service: string; failed: number; peers: (FailingPeer)[] }

export type FailingPeer = { peer: string; failed: number }

export type Filter = { id: number; place: number; pattern: string; kind: string; flags: ("local_only" | "may_relay" | "no_login_needed" | "no_relay_check")[]; comment: string; hidden_by: number | null }

export type FilterList = { limit: number; cursor: string; q: string; sort: string; connection: string }

export type FilterMove = { place: number }

export type FilterPatch = { pattern: string | null; kind: "banned" | "custom" | "permitted" | "trusted" | null; flags: ("local_only" | "may_relay" | "no_login_needed" | "no_relay_check")[] | null; comment: string | null; confirmed: boolean }

export type FilterRows = { rows: (Filter)[]; next: string; total: number | null; hidden: number }

export type Finding = { check: string; kind: "contradiction" | "risk"; field: string; reason: string; cure: string }

export type FiredRule = { scope: "domain" | "system" | "user"; name: string }

export type Forward = { target: string }

export type GivenFile = { name: string; octets: string }

export type Going = { way: "archive" | "database" | "remove"; confirmed: boolean }

export type GroupName = { name: string }

export type HeaderField = { name: string; value: string }

export type HostPasswordTold = { told: (string)[]; untold: (string)[]; note: string }

export type HostPasswordUse = { services: (Joined)[] }

export type Joined = { service: string; joined_at: string; ready: boolean }

export type KeyMade = { id: number; key: string }

export type LineRefused = { number: number; code: string; field: string; detail: string; hint: string }

export type LinesImported = { added: number; refused: (LineRefused)[]; waiting_for: (string)[] }

export type ListAnswer = { entry: string; verdict: string; words: string; took_ms: number }

export type ListedBan = { value: string; kind: "address" | "domain"; source: "administrator" | "spam_trap"; comment: string; made_at: string | null; expires_at: string | null; hits: number; last_hit_at: string | null }

export type Listener = { service: string; port: number; default_port: number; low_water: number; high_water: number; step: number; is_open: boolean }

export type ListenerPatch = { settings: Record<string, unknown>; is_open: boolean | null }

export type Listening = { trace: string; topics: string; last_event_id: string }

export type LiveListener = { service: string; port: number; default_port: number; low_water: number; high_water: number; step: number; is_open: boolean; doors: (Door)[] }

export type Local = { node: string; nodes: (string)[]; file: string; trouble: string; values: (LocalValue)[]; places: (Place)[]; findings: (Finding)[] }

export type LocalQuery = { node: string }

export type LocalValue = { key: string; value: unknown; source: "built_in" | "command_line" | "environment" | "file"; is_changed: boolean; coming: unknown }

export type Lock = { state: string; peer: string; since: string | null }

export type LogFile = { name: string; size_octets: number; changed_at: string | null }

export type LogFileList = { limit: number; cursor: string; node: string }

export type LogFiles = { rows: (LogFile)[]; next: string; rate: string; nodes: (string)[] }

export type LogLines = { lines: (LogRow)[]; begin: number; end: number; size_octets: number }

export type LogReading = { place: number; direction: "backward" | "forward"; limit: number; q: string; node: string; since: string | null }

export type LogRow = { at: number; text: string }

export type LoginTotal = { service: string; connected: number; logged_in: number; connections: number; logins: number; failed: number }

export type Logins = { since: string | null; rows: (LoginTotal)[]; failing: (Failing)[] }

export type MailList = { limit: number; cursor: string; q: string; sort: string; filter: mailmax_webadmin_api_choice_Which }

export type ManyDomains = { names: (string)[]; settings: Record<string, unknown> | null; users_virus_check: boolean | null; delete: Going | null }

export type ManyDone = { done: (string)[]; refused: (NotDone)[]; waiting_for: (string)[]; notes: (string)[] }

export type ManyUsers = { addresses: (string)[]; settings: Record<string, unknown> | null; delete: Going | null }

export type Meant = { ids: (string)[]; destination: string; sender: string; recipient: string; state: string; older_than_s: number; everything: boolean }

export type MemberPatch = { name: string | null; host: string | null; port: number | null; smtp_address: string | null; password: string | null }

export type MemberPlace = { name: string; host: string; port: number; smtp_address: string }

export type MessageOfUser = { address: string; mailbox: string; uid: number }

export type MessageText = { header: (HeaderField)[]; text: string; size_octets: number; is_html: boolean; is_cut: boolean; files: (string)[] }

export type NewAdministration = { domains: (string)[]; is_system: boolean; confirmed: boolean }

export type NewAlias = { address: string; user: string }

export type NewBan = { value: string; comment: string; expires_at: string | null; connection: string }

export type NewConnection = { address: string; settings: Record<string, unknown>; services: (string)[] | null }

export type NewDomain = { name: string; settings: Record<string, unknown> }

export type NewDomainNames = { names: (string)[] }

export type NewFilter = { pattern: string; kind: "banned" | "custom" | "permitted" | "trusted"; flags: ("local_only" | "may_relay" | "no_login_needed" | "no_relay_check")[]; comment: string; connection: string; confirmed: boolean; place: number }

export type NewHostPassword = { password: string }

export type NewKey = { name: string; scopes: (string)[]; ends_at: string | null }

export type NewListener = { service: string; settings: Record<string, unknown> }

export type NewMember = { name: string; host: string; port: number; smtp_address: string; password: string }

export type NewName = { address: string; keep_old: boolean }

export type NewPassword = { password: string; blank: boolean; current: string }

export type NewPreference = { value: unknown }

export type NewRule = { name: string; conditions: (Record<string, unknown>)[]; actions: (Record<string, unknown>)[]; enabled: boolean; place: number }

export type NewRun = { dry_run: boolean; domain: string; trust_clock: boolean }

export type NewSystem = { name: string; host: string; port: number; password: string; group: string }

export type NewTrace = { service: "imapmax" | "logins" | "popmax" | "queuemax" | "smtpmax"; events: (string)[]; filter: mailmax_webadmin_api_traces_Which }

export type NewTrial = { line: string; files: (GivenFile)[]; seconds: number; node: string }

export type NewUser = { address: string; password: string; settings: Record<string, unknown>; blank: boolean }

export type NotDone = { name: string; code: string; field: string; detail: string; hint: string }

export type OfConnection = { connection: string }

export type OnNode = { node: string }

export type OpenSession = { id: number; name: string; opened_at: string | null; seen_at: string | null; ends_at: string | null; peer: string; user_agent: string; is_this: boolean }

export type Order = { deed: "delete" | "edit" | "flush" | "hold" | "release" | "retry" | "return"; selection: Meant; dry_run: boolean; cursor: string; recipient: string; next_try_at: string | null }

export type Page_AdministratorRow = { rows: (AdministratorRow)[]; next: string; total: number | null }

export type Page_Alias = { rows: (Alias)[]; next: string; total: number | null }

export type Page_ApiKey = { rows: (ApiKey)[]; next: string; total: number | null }

export type Page_AuditEntry = { rows: (AuditEntry)[]; next: string; total: number | null }

export type Page_BlockList = { rows: (BlockList)[]; next: string; total: number | null }

export type Page_Blocked = { rows: (Blocked)[]; next: string; total: number | null }

export type Page_CleaningDeed = { rows: (CleaningDeed)[]; next: string; total: number | null }

export type Page_ClusterMember = { rows: (ClusterMember)[]; next: string; total: number | null }

export type Page_Connected = { rows: (Connected)[]; next: string; total: number | null }

export type Page_Connection = { rows: (Connection)[]; next: string; total: number | null }

export type Page_DeadRow = { rows: (DeadRow)[]; next: string; total: number | null }

export type Page_Destination = { rows: (Destination)[]; next: string; total: number | null }

export type Page_Domain = { rows: (Domain)[]; next: string; total: number | null }

export type Page_Finding = { rows: (Finding)[]; next: string; total: number | null }

export type Page_ListedBan = { rows: (ListedBan)[]; next: string; total: number | null }

export type Page_OpenSession = { rows: (OpenSession)[]; next: string; total: number | null }

export type Page_QuarantineRow = { rows: (QuarantineRow)[]; next: string; total: number | null }

export type Page_QueueRow = { rows: (QueueRow)[]; next: string; total: number | null }

export type Page_RuleRow = { rows: (RuleRow)[]; next: string; total: number | null }

export type Page_System = { rows: (System)[]; next: string; total: number | null }

export type Page_SystemGroup = { rows: (SystemGroup)[]; next: string; total: number | null }

export type Page_Trace = { rows: (Trace)[]; next: string; total: number | null }

export type Page_UserRow = { rows: (UserRow)[]; next: string; total: number | null }

export type Paging = { limit: number; cursor: string }

export type Part = { name: string; version: string; licence: string }

export type Peer = { address: string; failed: number }

export type Place = { key: string; path: string; disk: string; disk_octets: number; free_octets: number; trouble: string }

export type Preference = { value: unknown }

export type Preview = { pattern: string; version: "4" | "6" | "both"; count: string; is_single: boolean; opens: "everybody" | "many" | "none"; you: string; is_yours: boolean }

export type Previewed = { pattern: string; kind: "banned" | "custom" | "permitted" | "trusted" }

export type ProblemBody = { title: string; status: number; code: string; detail: string; field: string; hint: string; type: string }

export type QuarantineDone = { messages: number; missing: (string)[] }

export type QuarantineOrder = { deed: "delete" | "release"; ids: (string)[] }

export type QuarantineRow = { id: string; came_at: string | null; verdict: string; found: string; sender: string; recipients: (string)[]; recipient_count: number; client: string; size_octets: number }

export type QueueRow = { id: string; entry_id: string; sender: string; recipient: string; state: string; received_at: string | null; next_try_at: string | null; tries: number; last_reply: string; size_octets: number; tried_since: string | null }

export type Ranging = { range: "12h" | "day" | "hour" | "week" }

export type RecipientRow = { id: string; recipient: string; state: string; tries: number; next_try_at: string | null; tried_since: string | null; failed_at: string | null; status: string; last_reply: string; host: string; notify: string; original: string }

export type Released = { messages: number }

export type RemovingGroup = { confirmed: boolean }

export type RowCount = { kind: string; rows: number }

export type RuleBody = { name: string; conditions: (Record<string, unknown>)[]; actions: (Record<string, unknown>)[] }

export type RuleDetail = { number: number; name: string; enabled: boolean; summary: string; conditions: (Record<string, unknown>)[]; actions: (Record<string, unknown>)[] }

export type RuleMove = { place: number; steps: number }

export type RuleRow = { number: number; place: number; name: string; enabled: boolean; summary: string; hits: number; last_hit_at: string | null; conditions: (Record<string, unknown>)[] | null; actions: (Record<string, unknown>)[] | null }

export type RuleStanding = { place: number; hits: number; last_hit_at: string | null }

export type RuleSwitch = { enabled: boolean }

export type RuleTrial = { number: number; rule: RuleBody | null; message: string; stored: MessageOfUser | null; runs_programs: boolean }

export type RunMade = { number: number }

export type Scanner = { kind: string; is_on: boolean; trouble: string; engine: string; signatures: string; made_at: string | null }

export type ServiceActivity = { service: string; series: Record<string, (number)[]>; starts: (number)[] }

export type ServiceState = { role: string; node: string; state: string; since: number; software: string; sessions: number; stalls: number; pid: number; trouble: string; is_steered: boolean }

export type Session = { signed_in: boolean; role: string; name: string; domains: (string)[]; scopes: (string)[] | null; csrf_token: string; ends_at: string | null; has_second_factor: boolean; version: string; needs_administrator: boolean; has_domains: boolean }

export type SessionList = { limit: number; cursor: string; q: string; sort: string; user: string }

export type Settings = { settings: (Value)[] }

export type SettingsPatch = { settings: Record<string, unknown> }

export type StateAmount = { state: string; amount: Amount }

export type Steering = { role: "filer" | "housekeeping" | "imapmax" | "popmax" | "queuemax" | "smtpmax" | "webadmin"; deed: "restart" | "start" | "stop" }

export type System = { name: string; host: string; port: number; group: string }

export type SystemActivity = { range: "12h" | "day" | "hour" | "week"; step_s: number; until: number; services: (ServiceActivity)[]; failed_logins: (FailedLogins)[] }

export type SystemFound = { system_name: string; version: string; domains: number; users: number }

export type SystemGroup = { name: string; systems: number }

export type SystemPatch = { name: string | null; host: string | null; port: number | null; password: string | null; group: string | null }

export type SystemState = { system_name: string; host: string; version: string; since: number; database: string; domains: number; users: number; virus_checker: string; checked_users: number; queue_directory: string; disk_octets: number; free_octets: number; queue: Waiting | null; flags: Record<string, boolean | string>; limits: (Use)[]; services: (ServiceState)[]; health: (Trouble)[]; has_connections: boolean; is_first_host_password: boolean }

export type SystemTrial = { host: string; port: number; password: string; name: string }

export type TestMessage = { state: "delivered" | "diverted" | "removed" | "waiting"; mailbox: string; uid: number; took_ms: number | null; reason: "" | "discarded" | "forwarded" | "moving" | "program" | "queue"; addresses: (string)[]; rules: (FiredRule)[]; message: MessageText | null }

export type TestMessageOrder = { language: "de" | "en" }

export type TestMessagePatience = { wait_ms: number }

export type TestMessageSent = { id: string; message_id: string; sent_at: string | null }

export type Trace = { id: string; service: string; events: (string)[]; filter: mailmax_webadmin_api_traces_Which; by: string; started_at: string | null; running: (string)[]; lines: number }

export type Trial = { node: string; line: string; begun_at: string | null; is_running: boolean; contained: string; outcome: string; status: number; reason: string; removed: (string)[]; seconds: number; output: string }

export type TrialNode = { node: string }

export type Tried = { kind: string; flags: ("local_only" | "may_relay" | "no_login_needed" | "no_relay_check")[]; system: Filter | null; own: Filter | null }

export type TriedCondition = { words: string; held: boolean; why: string }

export type TriedRule = { fires: boolean; conditions: (TriedCondition)[]; actions: (string)[] }

export type Trouble = { state: "bad" | "warn"; code: string; text: string; cure: string; service: string; node: string }

export type Use = { name: string; used: number; allowed: number }

export type UserDetail = { address: string; settings: (Value)[]; note: string; has_apop_secret: boolean }

export type UserFilter = { domain: string; kind: string; administrators: boolean | null; nearly_full: boolean | null; may_administer: string; user: string; first_name: string; last_name: string }

export type UserLine = { address: string; password: string; first_name: string; last_name: string }

export type UserLines = { rows: (UserLine)[]; dry_run: boolean }

export type UserList = { limit: number; cursor: string; q: string; sort: string; filter: UserFilter }

export type UserPatch = { settings: Record<string, unknown> }

export type UserRow = { address: string; first_name: string; last_name: string; kind: string; box_limit_octets: number; message_limit_octets: number; is_system_administrator: boolean; administers: number; forwards: (string)[]; last_login_at: string | null; used_octets: number | null; used_messages: number | null; used_at: string | null }

export type Value = { key: string; value: unknown; own: boolean; source: string; default: unknown; inherited: unknown; system: unknown; reserved: string }

export type Verdict = { kind: string; verdict: string; words: string; seconds: number }

export type VirusStanding = { node: string; nodes: (string)[]; scanners: (Scanner)[]; test: VirusTest; update: VirusUpdate }

export type VirusSwitch = { is_on: boolean; domain: string }

export type VirusTest = { begun_at: string | null; is_running: boolean; verdicts: (Verdict)[] }

export type VirusUpdate = { command: string; directory: string; daily_at: string; every_hours: number; on_start: boolean; is_running: boolean; begun_at: string | null; ended_at: string | null; trouble: string }

export type Waiting = { messages: number; recipients: number; octets: number; oldest_at: number; retrying: number }

export type mailmax_webadmin_api_administration_Administration = { system: boolean; domains: (string)[] }

export type mailmax_webadmin_api_administrators_Administration = { address: string; is_system: boolean; domains: (string)[] }

export type mailmax_webadmin_api_choice_Which = { id: string; destination: string; sender: string; recipient: string; state: string; older_than_s: number }

export type mailmax_webadmin_api_traces_Which = { address: string; user: string; session: string }

export interface Routes {
  "DELETE /api/v1/aliases/{address}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/bans/{sender}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/blocked_clients/{client}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/cluster-members/{member}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/connections/{connection}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/connections/{connection}/services/{service}/{port}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/domains/{name}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/domains/{name}/names/{other}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/domains/{name}/rules/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/filters/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/keys/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/preferences/{key}": { gives: undefined; takes: undefined }
  "DELETE /api/v1/rules/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/session": { gives: undefined; takes: undefined }
  "DELETE /api/v1/sessions/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/system-groups/{group}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/systems/{system}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/traces/{trace}": { gives: undefined; takes: undefined }
  "DELETE /api/v1/users/{address}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/users/{address}/apop-secret": { gives: Carried; takes: undefined }
  "DELETE /api/v1/users/{address}/forwards/{target}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/users/{address}/rules/{number}": { gives: Carried; takes: undefined }
  "DELETE /api/v1/users/{address}/second_factor": { gives: Carried; takes: undefined }
  "GET /api/v1/about": { gives: About; takes: undefined }
  "GET /api/v1/activity": { gives: SystemActivity; takes: undefined }
  "GET /api/v1/activity/table": { gives: undefined; takes: undefined }
  "GET /api/v1/administrators": { gives: Page_AdministratorRow; takes: undefined }
  "GET /api/v1/administrators/{address}": { gives: mailmax_webadmin_api_administrators_Administration; takes: undefined }
  "GET /api/v1/aliases": { gives: Page_Alias; takes: undefined }
  "GET /api/v1/aliases/{address}": { gives: Alias; takes: undefined }
  "GET /api/v1/audit": { gives: Page_AuditEntry; takes: undefined }
  "GET /api/v1/bans": { gives: Page_ListedBan; takes: undefined }
  "GET /api/v1/bans/{sender}": { gives: Ban; takes: undefined }
  "GET /api/v1/block_lists": { gives: Page_BlockList; takes: undefined }
  "GET /api/v1/block_lists/try": { gives: AddressTried; takes: undefined }
  "GET /api/v1/blocked_clients": { gives: Page_Blocked; takes: undefined }
  "GET /api/v1/cluster-members": { gives: Page_ClusterMember; takes: undefined }
  "GET /api/v1/cluster-members/{member}": { gives: MemberPlace; takes: undefined }
  "GET /api/v1/connected": { gives: Page_Connected; takes: undefined }
  "GET /api/v1/connections": { gives: Page_Connection; takes: undefined }
  "GET /api/v1/connections/{connection}": { gives: ConnectionDetail; takes: undefined }
  "GET /api/v1/connections/{connection}/services/{service}/{port}": { gives: Listener; takes: undefined }
  "GET /api/v1/database": { gives: DatabaseState; takes: undefined }
  "GET /api/v1/dead-mail": { gives: Page_DeadRow; takes: undefined }
  "GET /api/v1/dead-mail/{entry}": { gives: Entry; takes: undefined }
  "GET /api/v1/dead-mail/{entry}/file": { gives: undefined; takes: undefined }
  "GET /api/v1/dead-mail/{entry}/text": { gives: MessageText; takes: undefined }
  "GET /api/v1/domains": { gives: Page_Domain; takes: undefined }
  "GET /api/v1/domains/{name}": { gives: DomainDetail; takes: undefined }
  "GET /api/v1/domains/{name}/extent": { gives: Extent; takes: undefined }
  "GET /api/v1/domains/{name}/names": { gives: DomainNames; takes: undefined }
  "GET /api/v1/domains/{name}/rules": { gives: Page_RuleRow; takes: undefined }
  "GET /api/v1/domains/{name}/rules/{number}": { gives: RuleDetail; takes: undefined }
  "GET /api/v1/domains/{name}/rules/{number}/standing": { gives: RuleStanding; takes: undefined }
  "GET /api/v1/events": { gives: undefined; takes: undefined }
  "GET /api/v1/filters": { gives: FilterRows; takes: undefined }
  "GET /api/v1/filters/preview": { gives: Preview; takes: undefined }
  "GET /api/v1/filters/try": { gives: Tried; takes: undefined }
  "GET /api/v1/filters/{number}": { gives: Filter; takes: undefined }
  "GET /api/v1/findings": { gives: Page_Finding; takes: undefined }
  "GET /api/v1/host-password": { gives: HostPasswordUse; takes: undefined }
  "GET /api/v1/housekeeping": { gives: Cleaning; takes: undefined }
  "GET /api/v1/housekeeping/deeds": { gives: Page_CleaningDeed; takes: undefined }
  "GET /api/v1/keys": { gives: Page_ApiKey; takes: undefined }
  "GET /api/v1/local": { gives: Local; takes: undefined }
  "GET /api/v1/logins": { gives: Logins; takes: undefined }
  "GET /api/v1/logs/{service}": { gives: LogFiles; takes: undefined }
  "GET /api/v1/logs/{service}/{file}": { gives: LogLines; takes: undefined }
  "GET /api/v1/preferences/{key}": { gives: Preference; takes: undefined }
  "GET /api/v1/programs/trial": { gives: Trial; takes: undefined }
  "GET /api/v1/quarantine": { gives: Page_QuarantineRow; takes: undefined }
  "GET /api/v1/quarantine/{item}": { gives: QuarantineRow; takes: undefined }
  "GET /api/v1/quarantine/{item}/file": { gives: undefined; takes: undefined }
  "GET /api/v1/quarantine/{item}/text": { gives: MessageText; takes: undefined }
  "GET /api/v1/queue": { gives: Page_QueueRow; takes: undefined }
  "GET /api/v1/queue/counts": { gives: Counts; takes: undefined }
  "GET /api/v1/queue/etrn": { gives: Page_Destination; takes: undefined }
  "GET /api/v1/queue/{entry}": { gives: Entry; takes: undefined }
  "GET /api/v1/queue/{entry}/file": { gives: undefined; takes: undefined }
  "GET /api/v1/queue/{entry}/text": { gives: MessageText; takes: undefined }
  "GET /api/v1/rules": { gives: Page_RuleRow; takes: undefined }
  "GET /api/v1/rules/{number}": { gives: RuleDetail; takes: undefined }
  "GET /api/v1/rules/{number}/standing": { gives: RuleStanding; takes: undefined }
  "GET /api/v1/session": { gives: Session; takes: undefined }
  "GET /api/v1/sessions": { gives: Page_OpenSession; takes: undefined }
  "GET /api/v1/settings": { gives: Settings; takes: undefined }
  "GET /api/v1/settings/schema": { gives: (Declaration)[]; takes: undefined }
  "GET /api/v1/settings/{key}": { gives: Value; takes: undefined }
  "GET /api/v1/status": { gives: SystemState; takes: undefined }
  "GET /api/v1/system-groups": { gives: Page_SystemGroup; takes: undefined }
  "GET /api/v1/system-groups/{group}": { gives: SystemGroup; takes: undefined }
  "GET /api/v1/systems": { gives: Page_System; takes: undefined }
  "GET /api/v1/systems/{system}": { gives: System; takes: undefined }
  "GET /api/v1/traces": { gives: Page_Trace; takes: undefined }
  "GET /api/v1/users": { gives: Page_UserRow; takes: undefined }
  "GET /api/v1/users/{address}": { gives: UserDetail; takes: undefined }
  "GET /api/v1/users/{address}/administration": { gives: mailmax_webadmin_api_administration_Administration; takes: undefined }
  "GET /api/v1/users/{address}/aliases": { gives: Page_Alias; takes: undefined }
  "GET /api/v1/users/{address}/lock": { gives: Lock; takes: undefined }
  "GET /api/v1/users/{address}/rules": { gives: Page_RuleRow; takes: undefined }
  "GET /api/v1/users/{address}/rules/{number}": { gives: RuleDetail; takes: undefined }
  "GET /api/v1/users/{address}/rules/{number}/standing": { gives: RuleStanding; takes: undefined }
  "GET /api/v1/users/{address}/test-messages/{item}": { gives: TestMessage; takes: undefined }
  "GET /api/v1/virus": { gives: VirusStanding; takes: undefined }
  "PATCH /api/v1/cluster-members/{member}": { gives: Carried; takes: MemberPatch }
  "PATCH /api/v1/connections/{connection}": { gives: Carried; takes: ConnectionPatch }
  "PATCH /api/v1/connections/{connection}/services/{service}/{port}": { gives: Carried; takes: ListenerPatch }
  "PATCH /api/v1/domains/{name}": { gives: Carried; takes: DomainPatch }
  "PATCH /api/v1/filters/{number}": { gives: Carried; takes: FilterPatch }
  "PATCH /api/v1/settings": { gives: Carried; takes: SettingsPatch }
  "PATCH /api/v1/systems/{system}": { gives: Carried; takes: SystemPatch }
  "PATCH /api/v1/users/{address}": { gives: Carried; takes: UserPatch }
  "POST /api/v1/aliases": { gives: Carried; takes: NewAlias }
  "POST /api/v1/bans": { gives: Carried; takes: NewBan }
  "POST /api/v1/cluster-members": { gives: Carried; takes: NewMember }
  "POST /api/v1/connections": { gives: Carried; takes: NewConnection }
  "POST /api/v1/connections/{connection}/services": { gives: Carried; takes: NewListener }
  "POST /api/v1/dead-mail/deeds": { gives: Done; takes: DeadOrder }
  "POST /api/v1/domains": { gives: Carried; takes: NewDomain }
  "POST /api/v1/domains/bulk": { gives: ManyDone; takes: ManyDomains }
  "POST /api/v1/domains/{name}/names": { gives: ManyDone; takes: NewDomainNames }
  "POST /api/v1/domains/{name}/rules": { gives: AddedRule; takes: NewRule }
  "POST /api/v1/domains/{name}/rules/test": { gives: TriedRule; takes: RuleTrial }
  "POST /api/v1/domains/{name}/rules/{number}/move": { gives: Carried; takes: RuleMove }
  "POST /api/v1/filters": { gives: Carried; takes: NewFilter }
  "POST /api/v1/filters/{number}/move": { gives: Carried; takes: FilterMove }
  "POST /api/v1/housekeeping/runs": { gives: RunMade; takes: NewRun }
  "POST /api/v1/keys": { gives: KeyMade; takes: NewKey }
  "POST /api/v1/programs/trial": { gives: Trial; takes: NewTrial }
  "POST /api/v1/quarantine/deeds": { gives: QuarantineDone; takes: QuarantineOrder }
  "POST /api/v1/queue/deeds": { gives: Done; takes: Order }
  "POST /api/v1/queue/etrn/{domain}/release": { gives: Released; takes: undefined }
  "POST /api/v1/rules": { gives: AddedRule; takes: NewRule }
  "POST /api/v1/rules/test": { gives: TriedRule; takes: RuleTrial }
  "POST /api/v1/rules/{number}/move": { gives: Carried; takes: RuleMove }
  "POST /api/v1/second_factor": { gives: Enrolment; takes: undefined }
  "POST /api/v1/second_factor/codes": { gives: Codes; takes: Code }
  "POST /api/v1/second_factor/confirm": { gives: Codes; takes: Code }
  "POST /api/v1/second_factor/end": { gives: undefined; takes: Code }
  "POST /api/v1/services": { gives: Carried; takes: Steering }
  "POST /api/v1/session": { gives: Session; takes: Credentials }
  "POST /api/v1/sessions/end_others": { gives: Carried; takes: undefined }
  "POST /api/v1/system-groups": { gives: Carried; takes: GroupName }
  "POST /api/v1/systems": { gives: Carried; takes: NewSystem }
  "POST /api/v1/systems/try": { gives: SystemFound; takes: SystemTrial }
  "POST /api/v1/traces": { gives: Trace; takes: NewTrace }
  "POST /api/v1/users": { gives: Carried; takes: NewUser }
  "POST /api/v1/users/bulk": { gives: ManyDone; takes: ManyUsers }
  "POST /api/v1/users/import": { gives: LinesImported; takes: UserLines }
  "POST /api/v1/users/{address}/forwards": { gives: Carried; takes: Forward }
  "POST /api/v1/users/{address}/rename": { gives: Carried; takes: NewName }
  "POST /api/v1/users/{address}/rules": { gives: AddedRule; takes: NewRule }
  "POST /api/v1/users/{address}/rules/test": { gives: TriedRule; takes: RuleTrial }
  "POST /api/v1/users/{address}/rules/{number}/move": { gives: Carried; takes: RuleMove }
  "POST /api/v1/users/{address}/test-messages": { gives: TestMessageSent; takes: TestMessageOrder }
  "POST /api/v1/users/{address}/unlock": { gives: Lock; takes: undefined }
  "POST /api/v1/virus/switch": { gives: Carried; takes: VirusSwitch }
  "POST /api/v1/virus/test": { gives: VirusStanding; takes: OnNode }
  "POST /api/v1/virus/update": { gives: VirusStanding; takes: OnNode }
  "PUT /api/v1/administrators/{address}": { gives: Carried; takes: NewAdministration }
  "PUT /api/v1/domains/{name}/rules/{number}": { gives: Carried; takes: RuleBody }
  "PUT /api/v1/domains/{name}/rules/{number}/enabled": { gives: Carried; takes: RuleSwitch }
  "PUT /api/v1/host-password": { gives: HostPasswordTold; takes: NewHostPassword }
  "PUT /api/v1/preferences/{key}": { gives: Preference; takes: NewPreference }
  "PUT /api/v1/rules/{number}": { gives: Carried; takes: RuleBody }
  "PUT /api/v1/rules/{number}/enabled": { gives: Carried; takes: RuleSwitch }
  "PUT /api/v1/system-groups/{group}": { gives: Carried; takes: GroupName }
  "PUT /api/v1/users/{address}/administration": { gives: Carried; takes: mailmax_webadmin_api_administration_Administration }
  "PUT /api/v1/users/{address}/apop-secret": { gives: Carried; takes: ApopSecret }
  "PUT /api/v1/users/{address}/password": { gives: Carried; takes: NewPassword }
  "PUT /api/v1/users/{address}/rules/{number}": { gives: Carried; takes: RuleBody }
  "PUT /api/v1/users/{address}/rules/{number}/enabled": { gives: Carried; takes: RuleSwitch }
}

/** What an API key may be made for. */
export const SCOPES = [
  "about:read",
  "activity:read",
  "administrators:read",
  "administrators:write",
  "aliases:read",
  "aliases:write",
  "audit:read",
  "bans:read",
  "bans:write",
  "block_lists:read",
  "block_lists:write",
  "cluster:read",
  "cluster:write",
  "connections:read",
  "connections:write",
  "database:read",
  "dead_mail:read",
  "dead_mail:write",
  "domains:read",
  "domains:write",
  "filters:read",
  "filters:write",
  "host_password:read",
  "host_password:write",
  "housekeeping:read",
  "housekeeping:write",
  "keys:read",
  "keys:write",
  "local:read",
  "logs:read",
  "preferences:read",
  "preferences:write",
  "programs:read",
  "programs:write",
  "quarantine:read",
  "quarantine:write",
  "queue:read",
  "queue:write",
  "rules:read",
  "rules:write",
  "second_factor:write",
  "services:write",
  "session:read",
  "session:write",
  "sessions:read",
  "sessions:write",
  "settings:read",
  "settings:write",
  "status:read",
  "systems:read",
  "systems:write",
  "traces:read",
  "traces:write",
  "users:read",
  "users:write",
  "virus:read",
  "virus:write",
] as const
