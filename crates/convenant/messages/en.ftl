# What the program says, in English.

## Help

help = Runs the agreements of a region: from convenant to cases, deadlines and notifications.
help-heading-usage = Usage
help-heading-commands = Commands
help-heading-options = Options
help-heading-arguments = Arguments
help-name-command = COMMAND
help-after =
    Without a command the demo starts.
    Exit codes: 0 good, 1 the input has errors, 2 wrong use.
help-any-help = Shows this help
help-any-version = Shows the version
help-any-lang = Language of the program: nl or en
help-any-format = What the result looks like: text (default) or json
help-any-file = The region's file (.convenant)
help-any-regeling = The scheme, where the file has several
help-any-listen = The address on which the server listens, on this computer only; 127.0.0.1:8080 when absent
help-check = Checks files and reports every mistake
help-check-files = Files; - reads the standard input
help-fmt = Puts files in the fixed layout
help-fmt-files = Files; - reads the standard input
help-fmt-check = Changes nothing; lists the files that differ
help-explain = Says whether a client is eligible, and why
help-explain-facts = File with the facts of the client
help-explain-home = File with the facts of a home: does it fit the client?
help-explain-date = The day of evaluation; today when absent
help-test = Plays scenarios and lists what no scenario takes
help-test-paths = Scenarios or folders; ./convenants when absent
help-test-complete = What no scenario takes is a failure
help-test-junit = Writes the results as JUnit XML too
help-simulate = Plays invented cases and summarises what happened
help-simulate-cases = How many cases; 200 when absent
help-simulate-seed = The same value gives the same result; 1 when absent
help-simulate-from = First day; the day of entry into force when absent
help-simulate-until = First day after; two years later when absent
help-graph = Draws the steps of a case
help-graph-format = What is drawn: svg (default), dot or mermaid
help-match = Divides free homes over clients who wait, and says why
help-match-clients = File with the clients who wait (YAML)
help-match-homes = File with the free homes (YAML or CSV)
help-match-date = The day of the division; today without one
help-spread = Computes a period again: who took whom, and how would that be under this draft?
help-spread-data = Folder with the data of a server or demo that does not run now
help-spread-period = A year, month or day: the period that it lies in; without one the last with placements
help-spread-format = How the result looks: text (default), json or csv
help-spread-svg = Draws it as well, in this file
help-people = Checks a file with people and lists the roles that nobody fills
help-people-file = File with people (YAML)
help-people-regions = Folder with a folder per region; the three regions of the program itself when absent
help-people-date = The day on which is looked who fills what; today when absent

help-notify = Works with the notifications of a file
help-notify-preview = Shows each notification with sample data: text, HTML and picture
help-notify-preview-notice = Only notifications whose name contains this
help-notify-preview-out = Where the result goes; when absent ./data/meldingen with a folder per region
help-serve = Starts the server
help-serve-data = Data folder (SQLite); ./data/server when absent
help-serve-database = Database (PostgreSQL)
help-serve-regions = Folder with a folder per region; the three regions of the program itself when absent
help-serve-accounts = File with accounts (YAML)
help-serve-webhook_allow = Private address (IP) that webhooks may use all the same, also by http; may be repeated
help-serve-webhook_publisher = Who publishes the events of webhooks, such as oin:00000001823288444000
help-serve-webhook_origin = Name (DNS) of this sender, to which a receiver of webhooks consents, such as cases.example.org
help-serve-webhook_ca = Certificates (PEM) of who may sign for receivers of webhooks, besides whom this machine trusts
help-serve-people = File with people (YAML)
help-serve-holidays = File with days off, after a new decree; those of the program when absent
help-serve-channels = File with mail servers (YAML); when absent mail stays in the folder post
help-serve-rehearse = Rehearse: with a clock of its own, which begins on this day and that you move forward; every page shows it
help-serve-lease = With several servers on one database: how many seconds a server keeps work that it has taken; after that another takes it over. A mail gets no longer than this to leave. When absent that is 60
help-serve-keep = For how many days messages that were read are kept, with what was sent of them; the log of the cases is kept for ever. What is unread, not delivered or uncertain is kept too. When absent that is 366
help-demo = Fills a folder with three regions and invented cases, and starts the server
help-demo-data = Data folder; ./data/demo when absent
help-demo-cases = How many cases, over the three regions together; 600 when absent
help-demo-seed = The same value gives the same cases
help-demo-fill_only = Only fills the folder, and stops
help-ledger = Shows target and placements per party, and who is next and why
help-ledger-period = A year, a month or a day: the period that it lies in; today's when absent
help-ledger-partij = The placements of this party only
help-ledger-zaak = Number of a case: who is next for it?
help-ledger-account = Who asks; who has a role in a case sees more of it
help-feed = Works with the secret addresses under which a calendar reads somebody's deadlines
help-feed-make = Makes an address and shows it, this once
help-feed-list = Lists the addresses of an account, without the secret
help-feed-revoke = Revokes an address for good
help-feed-revoke-id = Id of the address, as `list` gives it
help-homes = Works with homes that come free
help-homes-list = Lists the homes
help-homes-list-staat = In this state only, such as vrij or aangeboden
help-homes-list-gemeente = In this municipality only
help-homes-import = Reports the homes of a CSV to a server, all or none
help-homes-import-file = File (CSV, in UTF-8); - is the standard input
help-any-region = Region, such as utrecht
help-any-account = Account
help-clock = Shows or moves the clock of a demo that runs
help-clock-show = Shows the clock
help-clock-forward = Moves the clock forward
help-clock-forward-days = Number of days
help-clock-forward-weeks = Number of weeks

## Wrong use

wrong-use-unknown-argument = { $argument } is not known here.
wrong-use-unknown-command = There is no command { $argument }.
wrong-use-no-value = { $argument } needs a value.
wrong-use-value = { $value } does not fit { $argument }.
wrong-use-missing = Something is missing: { $argument }.
wrong-use-conflict = { $argument } cannot be used together with { $other }.
wrong-use-other = This command does not work like that. { $argument }
wrong-use-nearest = Do you mean { $nearest }?
wrong-use-possible = Possible are: { $values }.
wrong-use-help = See --help for what is possible.

## Files

file-too-large = { $file } is larger than 1 MiB. A file may not be that large; it was not read.
file-unreadable = { $file } cannot be read: { $why }.
file-unwritable = { $file } cannot be written: { $why }.
file-not-found = it does not exist
file-no-permission = you have no permission
file-is-folder = it is a folder

## YAML

yaml-not-utf8 = this is not valid text (UTF-8). Save the file as UTF-8
yaml-alias = references with & and * are not allowed here. Write the value out, or put it in quotes
yaml-tag = a ! before a value is not allowed here. Put the value in quotes
yaml-too-many = there are more than { $most } values in this file
yaml-key = a key is one word or one text
yaml-duplicate-key = the key `{ $key }` stands here twice. Keep one
yaml-too-deep = this is nested too deep
yaml-one-document = a file holds one document (--- separates documents)
yaml-malformed = this is not valid YAML. Look at indentation, colons and quotes

## Names

and = and
nearest = Do you mean `{ $name }`?
nearest-known = Known are: { $names }.
scheme-unknown = The scheme `{ $name }` is not in this file. { $hint }
scheme-choose = This file has several schemes. Choose one with --regeling: { $names }.

## Values

duration-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
duration-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
duration-working-days = { $n ->
    [one] { $n } working day
   *[other] { $n } working days
}
duration-weeks = { $n ->
    [one] { $n } week
   *[other] { $n } weeks
}
duration-months = { $n ->
    [one] { $n } month
   *[other] { $n } months
}
duration-years = { $n ->
    [one] { $n } year
   *[other] { $n } years
}
date-months = January February March April May June July August September October November December
outcome-met = met
outcome-unmet = not met
outcome-unknown = unknown

## check

check-page = Explanation: { $page }
bound = { $file }: spreading{ $scheme } from { $from }: of { $total } a party stays at most { $behind } behind its target ({ $who }) and goes at most { $beyond } beyond it ({ $other }); rounding makes a difference of at most { $rounding } ({ $rounded }). Without motivated departures.
bound-neighbourhoods = Whoever does most needs at least { $needed } neighbourhoods for it ({ $party }).
check-summary = { $errors ->
    [one] { $errors } error
   *[other] { $errors } errors
}, { $warnings ->
    [one] { $warnings } warning
   *[other] { $warnings } warnings
}, { $files ->
    [one] { $files } file
   *[other] { $files } files
}

## Templates

template-folder = The templates in { $folder } cannot be read: { $why }.
template-unknown = the field `{ $name }` does not exist in a letter
template-personal = the fact `{ $name }` may not stand in a mail: the convenant does not say that it is allowed in notices
template-personal-hint = leave it out; the reader sees it in the case itself
template-fact = the fact `{ $name }` is no field of a letter
template-fact-hint = name it under `velden` of the notice, and use `velden` here
template-missing = notice `{ $notice }` names the template `{ $template }`, which is not there
template-costly = this template takes too much work
template-costly-hint = repeat less; a letter needs some thousands of steps at most
template-subject = the subject belongs on the first line, then an empty line, then the text
template-faulty = this template is not right: { $detail }

## notify

notify-none = No notification has a name with `{ $name }` in it. There are: { $names }.
notify-faulty = The templates have errors; `convenant check { $file }` shows them.
notify-no-browser = Chromium is not on the PATH: no pictures were made, only text and HTML.
notify-no-picture = No picture of { $name } could be made.
notify-done = { $count ->
    [one] { $count } notification
   *[other] { $count } notifications
} in { $folder }
notify-title = Notifications of { $region }
notify-as-text = Text
notify-as-html = HTML
notify-as-mail = Mail
notify-picture = { $name }, { $width } pixels wide

## graph

graph-always = Possible in every step
graph-done = done
graph-allocated = { $kind } allocated
graph-accepted = offer accepted
graph-exhausted = refused { $times } times
graph-after = by itself after { $duration }
graph-on = by itself on { $date }
graph-evaluation = evaluation every { $every }
graph-within = within { $duration }
graph-within-after = within { $duration } of { $anchor }
graph-before = { $duration } before { $anchor }
graph-aim = { $deadline } (aim)
graph-opening = opening
graph-term-end = end of term
graph-legend = Thick border: start or successful end. Round: end. Broken arrow: by itself, when the time has come.

## Values and sources

yes = yes
no = no
article = article "{ $article }"
assumption = assumption
period = { $from } until { $until }
period-open = since { $from }
nobody = nobody
place-nowhere = (not opened)

## fmt

fmt-done = { $file } now has the fixed layout.

## explain

compile-failed = This file cannot be run: { $why }
explain-outcome = { $outcome } — { $scheme }, on { $date }
explain-deciding = This decides:
explain-home = Does this home fit? { $outcome }
explain-others = The other clauses:
explain-missing = This is still missing and can decide:
explain-missing-judgement = judgement on { $name } by { $who }
explain-judged-by = judgement by { $who }
facts-map = facts belong here, each as `name: value`
facts-judgements-map = under `oordelen` each judgement stands as `name: ja` or `name: nee`
facts-unknown = the fact `{ $name }` is not in the convenant. { $hint }
facts-unknown-judgement = the judgement `{ $name }` is not in the convenant. { $hint }
facts-wrong-type = the value of `{ $name }` does not fit. Expected: { $expected }
type-bool = ja or nee
type-number = a number, such as 3 or "2,5"
type-money = an amount, such as "€ 1.250,50"
type-percentage = a percentage, such as "12,5%"
type-date = a date that exists, such as 2018-05-02
type-duration = a duration, such as "6 maanden"
type-text = a text
type-choice = one of: { $options }
type-party = the name of a { $kind } of the convenant
type-periods = periods, such as [ {"{"} van: 2010-01-01, tot: 2016-06-01 {"}"} ], each with `van` before `tot`

## Shape of a scenario

shape-map = keys with a value belong here: { $keys }
shape-key = the key `{ $key }` does not belong here. { $hint }
shape-text = a text belongs here
shape-list = a list belongs here: [ … ] or lines with a dash
shape-date = a date that exists belongs here, such as 2018-05-02
shape-moment = a day belongs here, with or without a time: 2018-05-02 09:00
shape-yes = ja or nee belongs here
shape-missing = the key `{ $key }` is missing
shape-suspended = `nee` belongs here, or van and tot
name-unknown = `{ $name }` does not exist here. { $hint }
act-malformed = this act is not right: { $why }

## test

test-none = No scenarios found in { $paths }. A scenario is a .yaml file in a folder `scenarios`.
test-which-convenant = { $folder } does not hold exactly one .convenant file. Name the file with `convenant:`
test-which-scheme = this convenant has several schemes. Name one with `regeling:`: { $names }
test-nobody = nobody acts yet. Name a role and a party with `wie:`
test-readable = a scenario that fits the convenant
test-good = good  { $title }  ({ $file })
test-bad-step = "{ $title }" differs in step { $step }
test-bad-file = "{ $title }" cannot be played
test-expected = {"  "}expected: { $text }
test-found = {"  "}found: { $text }
test-what-to-do = {"  "}Does what was found fit the agreement? Then change the scenario. Otherwise the convenant is wrong.
test-gaps = { $file }: no scenario takes:
test-summary = { $good } good, { $bad } bad.
test-summary-gaps = Not taken: { $gaps }.
expect-accepted = the act was accepted
gap-exit = step { $step }: { $exit }
gap-outcome = step { $step }: decision { $decision }, outcome { $outcome }
gap-answer = step { $step }: offer, { $answer }
gap-always = always: { $exit }
gap-never-true = { $kind } { $name } never held
gap-never-false = { $kind } { $name } always held

## Refusals

refused-niet-geopend = the case has not been opened
refused-al-geopend = the case is open already
refused-afgelopen = the case has ended
refused-niet-van-kracht = the convenant is not in force on this day
refused-onbekende-naam = the convenant of this case does not know this name
refused-niet-hier = this does not belong to the step in which the case is
refused-niet-in-rol = the party does not fill this role on this day
refused-mag-niet = this role may not do this
refused-alleen-de-klok = this goes by itself, or just does not
refused-motivering-nodig = a motivation is needed
refused-verkeerde-waarde = the value does not fit the fact
refused-al-bekend = the fact is known with another value; correct it
refused-nog-niet-bekend = the fact is not known yet; supply it
refused-niet-compleet = the step is not complete
refused-niet-te-beslissen = something that decides is missing
refused-advies-nodig = advice is needed first
refused-voorwaarde-niet-vervuld = the condition does not hold, or is not known to
refused-al-gestemd = this member has voted already
refused-aanbod = there is no open offer, or there is one already
refused-te-vroeg = it is possible later only
refused-opgebruikt = the number of times is used up
refused-opschorting = suspending or resuming is not possible now
refused-afwezig = somebody who must attend was not there
refused-niet-toe-te-wijzen = this party cannot be allocated
refused-grens-bereikt = a cap would be passed
refused-andere-regeling = the other scheme must refuse first, or has refused too recently
refused-verlopen = the timer does not exist any more
refused-verkeerde-dag = this day is not possible
refused-instemming-nodig = consent is still needed
refused-geen-partij = this party did not sign, or cannot
refused-niet-te-tellen = the deadline cannot be counted: the days off of that year are not known

## simulate

simulate-from = This convenant does not say when it enters into force. Name the first day with --from.
simulate-until = --until must be a day after --from.
simulate-head = { $region }: { $opened } cases opened, from { $from } until { $until } (seed { $seed })
simulate-end = End
simulate-cases = Cases
simulate-running = (still runs)
simulate-step = Step
simulate-visits = Visits
simulate-median = Median (days)
simulate-p90 = 90% within (days)
simulate-deadline = Deadline
simulate-in-time = In time
simulate-late = Late
simulate-overdue = Passed, still runs
simulate-lapsed = Lapsed
simulate-period = Spreading from { $from } until { $until } ({ $scheme })
simulate-party = Party
simulate-target = Target
simulate-placed = Placed

## serve, demo, clock

people-region = { $region }: { $people ->
    [one] 1 person
   *[other] { $people } people
}, { $vacant ->
    [0] every role filled
    [one] 1 role not filled
   *[other] { $vacant } roles not filled
}
people-vacant = {"  "}{ $party }, { $role }: { $from } – { $through }, { $why }
people-nobody = nobody has this role
people-away = away without a replacement
serve-listening = The server listens on { $url }
serve-rehearse-real = These data are not of a rehearsal: there are cases in them. Choose another place with --data or --database to rehearse.
serve-rehearse-kept = These data are of a rehearsal or of the demo, with a clock of their own. Start the server with --rehearse and a date (the clock goes on where it was), or choose another place with --data or --database.
serve-rehearse-clock = This is a rehearsal. Its clock says { $date }.
serve-address = { $address } is not an address with a port, such as 127.0.0.1:8080.
serve-key = For PostgreSQL { $name } must hold a key of 64 hexadecimal digits.
serve-loopback = The server does not listen on { $address }: there is no login yet, so whoever can reach it can do anything. Choose 127.0.0.1 or [::1].
serve-listen = The server cannot listen on { $address }: { $why }. Does something run there already? Choose another address with --listen.
serve-in-use = The folder { $folder } is in use by another process. Stop that process, or choose another folder with --data.
serve-not-writable = The folder { $folder } cannot be written: { $why }. Choose another folder with --data.
serve-newer = The data is from a newer version of this program ({ $found }). Use that version, or choose another folder with --data.
serve-no-database = The database does not answer ({ $why }). See whether PostgreSQL runs there, and whether the address behind --database is right.
serve-disk-full = The disk is nearly full. Make room and start again.
holidays-wrong = { $place }: { $wrong }
holidays-no-range = the file does not say which days are in it. Begin with `bereik;first day;last day`.
holidays-range-twice = `bereik` stands there twice. Keep one.
holidays-range-bounds = `bereik` must lie between 1600 and 2999.
holidays-before-range = a `dag` stands before `bereik`. Put `bereik;first day;last day` first.
holidays-outside = { $on } lies outside `bereik`.
holidays-no-name = { $on } has no name. Write `dag;date;basis;name`.
holidays-basis = the basis `{ $basis }` is not known. Choose from `ATW 3(1)`, `ATW 3(2)` and `besluit`.
holidays-order = { $on } is out of order. Sort the days by date and name, each once.
holidays-line = `{ $word }` with these fields is not known. Write `bereik;first day;last day`, `besluiten;first day;last day;nagezien` (or `niet nagezien`) or `dag;date;basis;name`.
holidays-date = `{ $text }` is not a date. Write year-month-day, as in 2018-05-11.
holidays-reversed = { $from } lies after { $to }. Swap them.
serve-no-certificate = There is no valid certificate in { $file }. Give a file in PEM form (-----BEGIN CERTIFICATE-----).
serve-holidays-large = a file with days off is no larger than 1 MiB
serve-other = That does not work: { $why }
demo-folder = Data folder: { $folder }
demo-filled = Done: { $cases } invented cases, { $events } events.
demo-clock = The clock of the demo says { $date }.
demo-other = This folder was filled with { $cases } cases (seed { $seed }). Leave out --cases and --seed, or choose another folder with --data.
demo-other-regions = This folder was half filled by another version of the program. Choose another folder with --data.
demo-look =
    Look at { $url }/
    Mail that would be sent: { $post }
    Move the clock: convenant clock forward --days 7
    Stop: Ctrl-C. After that `convenant demo` goes on where it was.
feed-made = You see this address ({ $id }) once. Whoever knows it can read the deadlines; revoke it when it gets known.
feed-none = There are no addresses.
feed-one = { $id }  made { $made }  language { $language }
feed-one-revoked = { $id }  made { $made }  language { $language }  revoked { $end }
feed-revoked = The address { $id } is revoked. A calendar that uses it gets nothing any more.
call-unreachable = No server found at { $address }: { $why }.
call-refused = The server refuses ({ $status }): { $why }
ledger-none = No scheme of this region spreads anything.
ledger-not-yet = { $scheme }: not in force yet.
ledger-head = { $scheme }: { $total } { $unit } from { $from } until { $until }
ledger-party = Party
ledger-exact = Exactly
ledger-target = Target
ledger-carried = Carried over
ledger-placed = Placed
ledger-departures = Departures
ledger-released = Released
ledger-behind = Still to place
ledger-day = Day
ledger-then = Then
ledger-case = Case
ledger-event = Event
ledger-neighbourhood = Neighbourhood
ledger-departure = Departure
ledger-motivation = Motivation
ledger-more = These are the first { $count } placements. Ask for them per party (--partij), or as CSV on the page of the spreading.
ledger-next = Next: { $party }
ledger-next-nobody = Nobody is next.
ledger-candidate = - { $party }: { $why } ({ $source })
ledger-article = article "{ $article }"
ledger-assumption = assumption
ledger-missing = Not known yet, and able to change the choice: { $facts }
homes-none = There are no homes.
homes-id = Number
homes-reference = Reference
homes-corporation = Corporation
homes-state = State
homes-imported = { $file }: { $new } new, { $corrected } corrected, { $known } known already.
homes-wrong = { $file } was not imported. Nothing was reported. This is wrong:
homes-fault = line { $line }, column { $column }: { $text }
homes-fault-line = line { $line }: { $text }
homes-fault-more = There may be more that is wrong.
homes-too-large = { $file } is larger than 2 MB. Nothing was reported. Split the file.
homes-unreadable = { $file } cannot be read: { $why }
homes-unreachable = No server found at { $address }: { $why }. Name another address with --listen.
homes-refused = The server refuses ({ $status }): { $why } Nothing was reported.
clock-nothing = How far? Say --days or --weeks.
clock-unreachable = No demo found at { $address }: { $why }.
clock-refused = The demo refuses ({ $status }): { $why }
clock-now = The clock of the demo says { $date }.
clock-done = On the way: { $timers } timers, { $digests } digests, { $notices } notifications.

spread-head = { $cases } placements from { $from } to { $until }: now and under this draft
spread-party = Party
spread-target-now = Target now
spread-placed-now = Placed now
spread-target-draft = Target draft
spread-placed-draft = Placed draft
spread-difference = Difference
spread-row = { $party }: now { $now }, under this draft { $draft }.
spread-unplaced = For { $cases } cases the draft names nobody.
spread-unknown = Of { $cases } cases it is not known what the draft prefers.
spread-outside = { $cases } placements are with parties that have no part in the draft.
spread-note = Every case is placed on the day on which that really happened, with whom the draft then names first. Of the neighbourhood it is only known where the home is now: limits per neighbourhood are left out.
spread-none = In { $folder } nobody has been placed under this scheme yet. Choose another folder or scheme.
spread-no-spreading = This scheme has no spreading. Add a block `spreiding`, or choose another scheme with --regeling.
spread-no-folder = { $folder } is no folder with data. Give the folder of `convenant serve` or `convenant demo`.
spread-no-region = The region { $region } is not in { $folder }. The region in the draft must be called as in the file with which the server runs.

match-head = Division on { $date }: { $served } of { $clients } clients get a home
match-no-home = no home
match-more = And { $count ->
    [one] one other home
   *[other] { $count } other homes
 } more. With --format json all of them are there.
match-missing = not known: { $facts }
match-article = article "{ $article }"
match-assumption = assumption
match-failed = The homes cannot be divided: { $why }
match-csv = This is not good CSV: { $why }
match-home-name = Every home needs a name of its own. Put it in the first column.
match-client-keys = This does not belong here. Use sinds, termijn, regeling, toegewezen, geweigerd and feiten.
match-date = This is not a date. Write 2018-05-02, for example.
match-scheme = The convenant has no such scheme.
match-party = The convenant has no such party.
match-refused = Put a list with names of homes here.
match-since = Say at `sinds` since which day the client waits.
