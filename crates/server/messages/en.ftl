# What people read: pages, problems, refusals, events. Names in a convenant stay in Dutch.

ja = yes
nee = no
en = and
de-klok = the clock
voldoet = eligible
voldoet-niet = not eligible
onbekend = not yet known

maand-1 = January
maand-2 = February
maand-3 = March
maand-4 = April
maand-5 = May
maand-6 = June
maand-7 = July
maand-8 = August
maand-9 = September
maand-10 = October
maand-11 = November
maand-12 = December
dag-1 = Monday
dag-2 = Tuesday
dag-3 = Wednesday
dag-4 = Thursday
dag-5 = Friday
dag-6 = Saturday
dag-7 = Sunday

duur-uren = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
  }
duur-dagen = { $n ->
    [one] { $n } day
   *[other] { $n } days
  }
duur-werkdagen = { $n ->
    [one] { $n } working day
   *[other] { $n } working days
  }
duur-weken = { $n ->
    [one] { $n } week
   *[other] { $n } weeks
  }
duur-maanden = { $n ->
    [one] { $n } month
   *[other] { $n } months
  }
duur-jaren = { $n ->
    [one] { $n } year
   *[other] { $n } years
  }

bron-artikel = article “{ $artikel }”
bron-aanname = assumption
bron-geen = no source
uitgang-gereed = the step is complete
uitgang-doelgroep = decision on eligibility
uitgang-toewijzen = allocate the { $soort } by the spreading
uitgang-aanbod = offer a home
uitgang-vanzelf = happens of itself
doe-feiten = supply facts
doe-toewijzen = allocate by the spreading
doe-antwoord = answer the offer
doe-bezwaar = object
doe-verleng-bezwaar = take more time for the objection
doe-besluit-bezwaar = decide on the objection
bezwaar-gegrond = upheld
bezwaar-ongegrond = rejected
termijn-zaak = the whole case
termijn-aanbod = answer to the offer
termijn-evaluatie = evaluation in ‘{ $stap }’
termijn-bezwaar = objection
termijn-besluit-bezwaar = decision on the objection

## Events

gebeurtenis-geopend = The case was opened in the step ‘{ $stap }’.
gebeurtenis-van-de-zaak = The { $soort } of the case is { $partij }.
gebeurtenis-feiten = Supplied: { $feiten }.
gebeurtenis-verbeterd = Corrected: { $feit }.
gebeurtenis-verbeterd-na-besluit = Corrected: { $feit }. Earlier decisions rest on the old value: { $n }.
gebeurtenis-beoordeeld = Judgement on { $criterium }: { $uitkomst }.
gebeurtenis-bewijs = Evidence received: { $bewijs }, issued on { $datum }.
gebeurtenis-taak = Task done: { $taak }.
gebeurtenis-advies-voor = { $wie } advises in favour on: { $over }.
gebeurtenis-advies-tegen = { $wie } advises against on: { $over }.
gebeurtenis-doelgroep = Decision on eligibility: { $uitkomst }.
gebeurtenis-doelgroep-afgeweken = Decision on eligibility: { $uitkomst }. By the rules: { $berekend }. This is a motivated departure from the rules.
gebeurtenis-besloten = { $besluit } { $uitkomst }.
gebeurtenis-gestemd = { $partij } votes. { $besluit } { $uitkomst }.
gebeurtenis-gehandeld = { $handeling }.
gebeurtenis-toegewezen = Allocated to { $partij }, by the spreading.
gebeurtenis-toegewezen-afgeweken = Allocated to { $partij }. By the spreading { $voorgesteld } was next.
gebeurtenis-aangeboden = A home was offered.
gebeurtenis-aanvaard = The offer was accepted.
gebeurtenis-geweigerd = The offer was refused.
geweigerd-op-grond = The offer was refused on a valid ground.
gebeurtenis-geweigerd-met-reden = The offer was refused on a valid ground: { $reden }.
gebeurtenis-stap = On to the step ‘{ $stap }’.
gebeurtenis-einde = The case has ended: { $einde }.
gebeurtenis-termijn-begonnen = Deadline started: ‘{ $termijn }’, { $datum } at the latest.
gebeurtenis-termijn-gehaald = Deadline met: ‘{ $termijn }’.
gebeurtenis-termijn-vervallen = Deadline fell away: ‘{ $termijn }’.
gebeurtenis-termijn-verschoven = Deadline moved: ‘{ $termijn }’, now { $datum } at the latest.
gebeurtenis-termijn-verzet = Deadline moved by hand: ‘{ $termijn }’, from { $was } to { $datum }.
gebeurtenis-termijn-verzet-ingekort = Deadline moved by hand: ‘{ $termijn }’, from { $was } to { $datum }. That is earlier than the agreement gives.
gebeurtenis-termijn-herrekend = The calendar has changed. Deadline counted again: ‘{ $termijn }’, from { $was } to { $datum }.
gebeurtenis-opgeschort = The deadline stands still from { $van }, until { $tot } at the latest.
gebeurtenis-hervat = The deadline runs again from { $van }.
gebeurtenis-hervat-verstreken = The time given has passed: the deadline runs again from { $van }.
gebeurtenis-verlengd = The deadline was extended.
gebeurtenis-geevalueerd = An evaluation was held. Present: { $aanwezig }.
gebeurtenis-bezwaar = An objection was made to the decision on eligibility.
gebeurtenis-bezwaar-stem-gegrond = Vote on the objection: upheld.
gebeurtenis-bezwaar-stem-ongegrond = Vote on the objection: rejected.
gebeurtenis-bezwaar-verdaagd = More time was taken for the decision on the objection.
gebeurtenis-bezwaar-gegrond = The objection was upheld: the client is eligible.
gebeurtenis-bezwaar-ongegrond = The objection was rejected: the decision stands.
gebeurtenis-herinnerd = Reminder sent: ‘{ $termijn }’.
gebeurtenis-te-laat = Deadline passed: ‘{ $termijn }’.
gebeurtenis-geescaleerd = Deadline passed, escalated: ‘{ $termijn }’.
gebeurtenis-geescaleerd-ongelezen = Not read, so escalated early: ‘{ $termijn }’.
gebeurtenis-looptijd = The convenant runs until { $datum }.
gebeurtenis-looptijd-open = The convenant runs without an end date.
gebeurtenis-looptijd-voorbij = The convenant has ended; the case goes on as the convenant says.
gebeurtenis-overgegaan = The case goes on under version { $versie } of the convenant.
gebeurtenis-vanzelf = The time has passed: the case goes on of itself.
gebeurtenis-gebeurd = Something happened.

## Why a last day is what it is

waarom-vanaf-stap = the start of the step
waarom-vanaf-opening = the opening of the case
waarom-vanaf-looptijd = the end of the term
waarom-vanaf-klaar = ‘{ $naam }’ was done
waarom-vanaf-gebeurd = ‘{ $naam }’
waarom-vanaf-gegeven = the fact ‘{ $naam }’
waarom-vanaf-aanbod = the offer of the home
waarom-vanaf-evaluatie = the evaluation before, or the start of the step
waarom-vanaf-besluit = the decision on eligibility
waarom-vanaf-bezwaartermijn = the last day for an objection
waarom-begin = Counts from { $datum }: { $wat }. That day itself does not count.
waarom-begin-telt = Counts from { $datum }: { $wat }. That day counts.
waarom-terug = Counts back from { $datum }: { $wat }.
waarom-afgerond = The month does not have that day. It was counted to { $datum }.
waarom-geteld = After { $duur } it is { $datum }.
waarom-overgeslagen = { $datum } does not count: { $reden }.
waarom-schuift-atw = The end falls on a day off and moves to { $datum } (Algemene termijnenwet, article 1(1)).
waarom-twee-dagen = The deadline has at least two working days and so runs through { $datum } (Algemene termijnenwet, article 2).
waarom-schuift = The end falls on a day off and moves to the next working day: { $datum }.
waarom-blijft-terug = { $datum } is a day off, but a deadline that counts back does not move (Algemene termijnenwet, article 1(2)).
waarom-blijft-buiten-atw = { $datum } is a day off, but a deadline of this length does not move (Algemene termijnenwet, article 4).
waarom-blijft-kalenderdagen = { $datum } is a day off, but with calendar days the end does not move.
waarom-stilgestaan = Stood still from { $van } and runs again from { $tot }: from { $was } to { $datum }.
waarom-verlengd = Extended by { $duur }: from { $was } to { $datum }.
waarom-opnieuw = The start of the deadline has changed: from { $was } to { $datum }.
waarom-overgegaan = Went over to a new version of the convenant: from { $was } to { $datum }.
waarom-verzet = Moved by hand: from { $was } to { $datum }. The reason stands in the history.
waarom-kalender = The calendar has changed: from { $was } to { $datum }.
waarom-verschoven = Moved: from { $was } to { $datum }.
waarom-ingekort = Note: this is earlier than the agreement gives.
waarom-anders-geteld = Note: with the days off that are known now, the count ends on another day.
waarom-niet-nagezien = Note: for { $jaren } the days that are off by decree have not been verified.
dag-zaterdag = Saturday
dag-zondag = Sunday
dag-feestdag = { $naam } (Algemene termijnenwet, article 3(1))
dag-goede-vrijdag = { $naam } (Algemene termijnenwet, article 3(2))
dag-besluit = { $naam }, by decree for { $jaar } (Algemene termijnenwet, article 3(3))

## Refusals

weigering-niet-geopend = The case has not been opened. Open it first.
weigering-al-geopend = The case is open already.
weigering-afgelopen = The case has ended. Nothing more can be done with it.
weigering-niet-van-kracht = The convenant is not in force on this day. No case can be opened.
weigering-onbekende-naam = The convenant of this case does not know this: { $wat }.
weigering-niet-hier = This does not belong to the step in which the case is now.
weigering-niet-in-rol = Your organisation does not fill the role { $rol } on this day.
weigering-mag-niet = Your role may not do this. This may: { $mag }.
weigering-alleen-de-klok = This happens of itself, in its time.
weigering-motivering-nodig = This needs a motivation. Write down why.
weigering-verkeerde-waarde = The value does not fit { $feit }.
weigering-al-bekend = { $feit } is known already, with another value. Correct it instead of supplying it.
weigering-nog-niet-bekend = { $feit } is not known yet. Supply it first.
weigering-niet-compleet = The step is not complete. Missing: { $ontbreekt }.
weigering-niet-te-beslissen = This cannot be decided yet. Missing: { $ontbreekt }.
weigering-advies-nodig = Advice is needed first, of { $van }.
weigering-voorwaarde-niet-vervuld = The condition of this act does not hold, or is not known yet. Missing: { $ontbreekt }.
weigering-al-gestemd = This has been decided already, or this member has voted.
weigering-aanbod = There is no open offer, or there is one already.
weigering-te-vroeg = This is not possible before { $vanaf }.
weigering-opgebruikt = This cannot be done again: the number of times is used up.
weigering-opschorting = The deadline cannot be suspended or resumed now.
weigering-afwezig = Somebody who must attend was not there: { $afwezig }.
weigering-niet-toe-te-wijzen = The case cannot be allocated to this party: no member, no share, or its ceiling is reached.
weigering-grens-bereikt = This would take the neighbourhood or the party past its limit. A departure needs a motivation.
weigering-andere-regeling = The other scheme must refuse first, or has done so too recently.
weigering-verlopen = This no longer applies.
weigering-niet-te-tellen = The deadline cannot be counted: the holidays of that year are not known yet.
weigering-verkeerde-dag = This day cannot be: it lies in the past, in the future or outside the term.
weigering-instemming-nodig = Consent is still needed of { $van }.
weigering-geen-partij = This party did not sign, or cannot.

## Problems

probleem-geweigerd = The agreement does not allow this
probleem-geweigerd-uitleg = The agreement does not allow this now.
probleem-niet-bevoegd = You may not do this
probleem-niet-bevoegd-uitleg = This role may not do or see this.
probleem-geen-account = Choose an account first
probleem-geen-account-uitleg = Choose who you are, on the page or with the header X-Account. The list is at /v1/accounts.
probleem-onbekend = Not found
probleem-onbekend-uitleg = This does not exist here: { $wat }.
probleem-methode = Not possible here
probleem-methode-uitleg = This address does not know this method. /openapi.json says which ones it does.
probleem-verouderd = The case has changed
probleem-verouderd-uitleg = The case has changed since you saw it: you expected sequence number { $verwacht }, it is { $volgnummer }. Get the case again and decide then.
probleem-sleutel-hergebruikt = Key used already
probleem-sleutel-hergebruikt-uitleg = This Idempotency-Key belongs to another command. Take a new key.
probleem-vorm = The content has the wrong shape
probleem-vorm-uitleg = The content is not good JSON for this address: { $fout }. /openapi.json has the shape.
probleem-parameter = A parameter does not fit
probleem-parameter-uitleg = A parameter or header does not fit: { $fout }.
probleem-waarde = A name or value does not fit
probleem-waarde-uitleg = { $fout }.
probleem-geen-json = Not JSON
probleem-geen-json-uitleg = Send JSON, with the header Content-Type: application/json.
probleem-te-groot = Too large
probleem-te-groot-uitleg = The content is larger than this address takes.
probleem-andere-site = From another site
probleem-andere-site-uitleg = This request came from another site and was not carried out.
probleem-andere-host = Another host
probleem-andere-host-uitleg = This server has another name. Use 127.0.0.1 or localhost.
probleem-echte-klok = The clock cannot be moved
probleem-echte-klok-uitleg = Only the clock of the demo or of a rehearsal can be moved forward. This server keeps real time.
probleem-te-veel = Too many at once
probleem-te-veel-uitleg = Too many of these are open at the same time. Close one, or wait a moment.
probleem-te-lang = It took too long
probleem-te-lang-uitleg = It took too long. Try again, with the same Idempotency-Key.
probleem-niet-beschikbaar = Not available now
probleem-niet-beschikbaar-uitleg = The server is stopping or cannot write now. Try again soon, with the same Idempotency-Key.
probleem-uitkomst-onbekend = Not sure whether it was done
probleem-uitkomst-onbekend-uitleg = The connection to the database was lost while it was writing. Send the same command again with the same Idempotency-Key: then it is not done twice. Or look first whether it was done.
probleem-intern = Something went wrong on our side
probleem-intern-uitleg = Something went wrong on our side. Nothing has changed, unless the case shows otherwise.

fout-onbekende-naam = The convenant does not know this: { $wat } ‘{ $naam }’. Choose from: { $keuze }
fout-waarde = The value of ‘{ $feit }’ does not fit. Expected: { $verwacht }
fout-ontbreekt = ‘{ $wat }’ is missing

verwacht-ja-nee = ja or nee
verwacht-getal = a number, such as 3 or 12,5
verwacht-bedrag = an amount, such as € 1.250,50
verwacht-percentage = a percentage, such as 12,5%
verwacht-datum = a date, such as 15 maart 2017 or 2017-03-15
verwacht-duur = a duration, such as 6 weken
verwacht-tekst = text
verwacht-keuze = one of: { $keuze }
verwacht-partij = the name of a party, as in the convenant
verwacht-periodes = periods, such as [{"{"}"van": "2010-01-01", "tot": "2016-01-01"{"}"}]

## Pages

pagina-naam = convenant
pagina-naar-inhoud = To the content
pagina-taal = Nederlands
pagina-taal-uitleg = Toon deze pagina in het Nederlands
pagina-regios = Regions
pagina-regios-uitleg = Every region has its own agreement. Cases, deadlines and notifications follow from it.
pagina-klok = Practice clock
pagina-klok-uitleg = This is practice time, not today's.
pagina-klok-dag = A day further
pagina-klok-week = A week further
pagina-wie = You are
pagina-wie-niemand = nobody: just looking
pagina-wie-kies = Choose
pagina-van-kracht = In force since { $datum }
pagina-van-kracht-tot = In force from { $van } until { $tot }
pagina-niet-van-kracht = Not in force
pagina-afgelopen = Ended on { $datum }
pagina-versie = Version { $n }
pagina-aannames = { $n ->
    [one] { $n } clause is an assumption
   *[other] { $n } clauses are assumptions
  }
pagina-lopend = Running
pagina-afgesloten = Ended
pagina-te-laat = Late
pagina-zaken = Cases
pagina-stappen = Cases per step
pagina-te-laat-lijst = { $n ->
    [one] One deadline that has passed
   *[other] { $n } deadlines that have passed
  }
pagina-stap = Step
pagina-regeling = Scheme
pagina-aantal = Number
pagina-wie-doet = Who
pagina-termijnen = What is due soon
pagina-termijnen-geen = No deadline is running now.
pagina-uiterlijk = At the latest
pagina-waarom = Why
pagina-zaak = Case
pagina-voor-wie = For whom
pagina-spreiding = Spreading
pagina-spreiding-van = From { $van } until { $tot }
pagina-spreiding-niet-nu = There is no period now over which to spread.
pagina-partij = Party
pagina-doel = Target
pagina-meegenomen = Carried over
pagina-geplaatst = Placed
pagina-achter = Behind
pagina-aan-de-beurt = Who is next
pagina-aan-de-beurt-uitleg = For a client without a preference, next is: { $partij }.
pagina-aan-de-beurt-niemand = No party can be next now.
pagina-reden = Reason
pagina-geschiedenis = History
pagina-wat = What
pagina-nu-kan = What can be done now
pagina-nu-kan-geen = The case has ended. Nothing more can be done.
pagina-kan-nog-niet = not yet possible
pagina-gegevens = Facts
pagina-gegeven = Fact
pagina-waarde = Value
pagina-gegevens-verborgen = You see only what your role may see.
pagina-verborgen = not for your role
pagina-gewist = The personal facts of this case were erased on { $datum }.
pagina-nog-onbekend = not known yet
pagina-doelgroep = Eligibility
pagina-doelgroep-nu = By the rules now: { $uitkomst }.
pagina-clausule = Clause
pagina-geldt = Holds
pagina-beslist = decides
pagina-meldingen = Notifications
pagina-meldingen-geen = There are no notifications.
pagina-opgeschort = The deadline stands still until { $datum } at the latest.
pagina-einde = Ended
pagina-verder = Next
pagina-terug = Back to { $naar }
pagina-bron = Source
pagina-lees-bron = Read the convenant
pagina-api = API
pagina-geen-zaken = There are no cases yet.
pagina-fout-terug = Back to the start
pagina-alle-zaken = All cases
pagina-leven = The convenant itself
pagina-verplichting = Duty
pagina-geopend = Opened
pagina-sinds = Since
pagina-doe = Do this
pagina-doen = Do
pagina-aanbod-woning = Number of the home, when a corporation has reported it
pagina-motivering = Motivation
pagina-zaak-openen = Open a case
pagina-streefdatum = aim
pagina-mensen = People
pagina-mensen-uitleg = Who does what, who is away, and what nobody fills.
pagina-mensen-kies = Choose at the top of the page who you are. Then you see the names.
pagina-mensen-geen = Nobody is in the directory of this region yet.
pagina-rol = Role
pagina-naam-kop = Name
pagina-afwezig = Away
pagina-afwezig-geen = Nobody is away now or soon.
pagina-van-tot = { $van } through { $tot }
pagina-vanaf = from { $van }
pagina-vervanger = Replacement
pagina-vervanger-geen = none
pagina-nu-weg = away now
pagina-wanneer = When
pagina-vacatures = Not filled, now or within 30 days
pagina-vacatures-geen = Every role is filled, also for the next 30 days.
pagina-vacature-niemand = nobody has this role
pagina-vacature-afwezig = away without a replacement
pagina-gedaan = Done.

kandidaat-voorkeur = named as { $feit }
kandidaat-achterstand = furthest behind
kandidaat-volgt = comes after
kandidaat-grens = limit reached
kandidaat-grens-afwijken = limit reached; a motivated departure is possible
kandidaat-plafond = ceiling reached
kandidaat-capaciteit = full: it can take no more
kandidaat-contra-indicatie = the client cannot go there ({ $feit })
kandidaat-geen-aandeel = no share
kandidaat-geen-lid = no member now

leven-van-kracht = The convenant has entered into force
leven-aan-de-orde = Now due: { $wat }
leven-komt-eraan = Coming up: { $wat }
leven-nog-niet-gedaan = Still not done: { $wat }
leven-opzegdag-nadert = The last day for giving notice comes near
leven-niet-gedaan = Not done in time: { $wat }
leven-opgezegd = { $wat } has given notice
leven-laatste-opzegdag = This is the last day to give notice
leven-verlengd = The convenant was extended
leven-eerder-einde = The convenant will end early
leven-afgelopen = The convenant has ended
leven-evaluatie = evaluation of the convenant
leven-gebeurtenis-vastgelegd = What the convenant itself says about its signing has been recorded.
leven-gebeurtenis-ondertekend = { $partij } signed on { $datum }.
leven-gebeurtenis-goedgekeurd = The signature of { $partij } was approved on { $datum }.
leven-gebeurtenis-in-werking = The convenant entered into force on { $datum }.
leven-gebeurtenis-gepland = Planned for { $datum }: { $wat }.
leven-gebeurtenis-aan-de-orde = Now due: { $wat }.
leven-gebeurtenis-te-laat = Not done in time: { $wat }.
leven-gebeurtenis-gedaan = Done: { $wat }.
leven-gebeurtenis-klaar = Not needed any more within the term: { $wat }.
leven-gebeurtenis-herinnerd = Reminded of: { $wat }.
leven-gebeurtenis-opgeschaald = Still not done, and reported further: { $wat }.
leven-gebeurtenis-opzegging-herinnerd = Reminded of the last day for giving notice.
leven-gebeurtenis-opgezegd = { $partij } gave notice and takes no part from { $datum }.
leven-gebeurtenis-opzegging-gesloten = Notice before the end of the term is no longer possible.
leven-gebeurtenis-ingestemd = { $partij } has consented.
leven-gebeurtenis-verlengd = The convenant was extended until { $datum }.
leven-gebeurtenis-eerder-einde = The convenant ends early: on { $datum }.
leven-gebeurtenis-afgelopen = The convenant has ended.

agenda-naam = Deadlines { $regio }
agenda-titel = { $zaak }: { $wat }
agenda-uiterlijk = This must be done by { $datum }.
agenda-streven = Target date: { $datum }.
agenda-staat-stil = The clock stands still now: the date will move.
agenda-te-laat = This day has passed and it is not done yet.
agenda-gedaan = This is done.
agenda-vervallen = This is no longer needed.
agenda-bron = Source: { $bron }.
agenda-soort-zaak = Deadline of a case
agenda-soort-convenant = Deadline of the convenant
agenda-einde = Last day of the agreement
agenda-opzegging = Last day to give notice
weigering-te-veel-agendas = You have { $aantal } calendar addresses already. Revoke one first.

# Webhooks: addresses, outcomes.
webhook-proef = Test: this is how a message reaches you
webhook-adres = the address may not be used; it has to be public
webhook-naam = the name of the receiver was not found
webhook-verbinding = no secure connection with the receiver was possible
webhook-certificaat-naam = the name on the certificate of the receiver is another one than that in the address
webhook-certificaat-datum = the certificate of the receiver has expired, or is not valid yet
webhook-certificaat = the certificate of the receiver cannot be trusted: we do not know who signed it
webhook-stil = the receiver did not answer in time; the message may have arrived
webhook-verbroken = the connection was lost before there was an answer; the message may have arrived
webhook-omleiding = the receiver redirects ({ $status }); we do not follow that, give the new address yourself
webhook-weg = the receiver says that this address is gone for good (410)
webhook-antwoord = the receiver answered { $status } instead of 2xx
webhook-bericht = the message could not be made; the fault is ours
webhook-certificaten = this server cannot make secure connections; the fault is ours
webhook-uit = the webhook is switched off or was removed
webhook-niet-bevestigd = the receiver did not confirm that it wants messages (OPTIONS); let it do so, or set `afgesproken`
webhook-andere-afzender = the receiver wants messages of another sender only
webhook-partij = switched off by the party itself
mail-geen-adres = the receiver has no mail address any more; fill it in with the people of the region
bezorgen-stil = no answer came within { $status } seconds; the message may have arrived
bezorgen-geen-kanaal = this server sends nothing by this channel
bezorgen-onleesbaar = the message could not be made; the cause is on our side
bezorgen-onbekend = how it went was not kept; the message may have arrived
smtp-geen-server = there is no mail server for this address; look in channels.yaml
smtp-geen-starttls = the mail server offers no encryption (STARTTLS), and we do not send without
smtp-stil = the mail server did not answer in time (at { $status })
smtp-antwoord = the mail server did not take the message (its answer to { $status })
smtp-onveilig = the certificate or the encryption of the mail server cannot be trusted (at { $status })
smtp-niet-bereikbaar = nothing listens at the address of the mail server (at { $status })
smtp-verbinding = the connection to the mail server was lost (at { $status })
smtp-geen-smtp = the mail server closed the connection, or spoke no SMTP (at { $status })
smtp-kan-niet = the mail server cannot do what is needed (at { $status })
fout-webhook-geen-adres = `adres` is not a good web address; write it as https://name/path, without spaces
fout-webhook-te-lang = `adres` is longer than 2048 characters
fout-webhook-geen-https = `adres` must begin with https://
fout-webhook-extra = `adres` may hold no user name, password or #
fout-webhook-naam = the name in `adres` is of a network of its own; give a public name, without a full stop at the end
fout-webhook-niet-openbaar = `adres` is not public: it belongs to a network or machine of its own
fout-webhook-onbekende-naam = the name in `adres` was not found; check the spelling
fout-webhook-lange-naam = `naam` may have at most 100 characters, on one line
fout-webhook-te-veel = A party has at most { $aantal } webhooks. Remove one first.

## Messages

bericht-te-laat = This message is late. It should have been here on { $datum } at { $tijd }.
inzicht-waarom-rol = You get this as { $rol } for { $partij }.
inzicht-waarom-vervanging = You get this because you replace the { $rol } of { $partij } up to and including { $tot }.
inzicht-waarom-partij = You get this as { $rol } for { $partij }: whoever would get it is not there now.
inzicht-waarom-vangnet = You get this as { $rol } for { $partij }, because nobody else can get it now.
inzicht-rol-van = { $rol } ({ $partij })
inzicht-ook = Also told: { $wie }.
inzicht-niemand-anders = Nobody else was told.
inzicht-volgt-herinnering = Not ready yet? Then a reminder goes to { $wie } on { $datum }.
inzicht-volgt-opschaling = Not ready by then? Then { $wie } will be told on { $datum }.
inzicht-volgt-termijn = The deadline runs until { $datum }, that day included.
inzicht-volgt-overzicht = The next digest comes on { $datum }.
inzicht-volgt-niets = No other message follows this one by itself.
verzameld-onderwerp = { $aantal } messages from { $convenant }
verzameld-aanhef = There are { $aantal } messages for you. The oldest comes first.
verzameld-te-laat = late, since { $sinds }
verzameld-meer = and { $aantal } more
verzameld-bekijk = See them at: { $adres }
verzameld-waarom = You get these messages together, because you want it so or because there are many.
onbestelbaar-onderwerp = A message to { $partij } was not delivered
onbestelbaar-bericht =
    A message to { $partij } could not be delivered. It went by { $kanaal }.
    What went wrong: { $reden }

    Try again or leave it at that: { $adres }

pagina-alle-meldingen = All messages
pagina-ongelezen = { $n ->
    [0] all read
    [one] { $n } unread
   *[other] { $n } unread
  }
pagina-nieuw = new
pagina-te-laat-sinds = late, since { $wanneer }
pagina-gelezen = Read
pagina-alles-gelezen = Mark all as read
pagina-gelezen-van = Read: { $onderwerp }
pagina-waarom-u = Why you get this
pagina-wie-nog = Who else was told
pagina-wat-volgt = What comes next
pagina-bezorging = Delivery
pagina-pogingen = { $n ->
    [one] { $n } try
   *[other] { $n } tries
  }
pagina-agenda = Deadlines in your calendar
pagina-agenda-uitleg = With a secret address your calendar reads your deadlines. Whoever knows the address reads them too: share it with nobody.
pagina-agenda-maken = New address
pagina-agenda-eenmalig = This is your new address. You see it only now. Put it in your calendar as a subscription by address.
pagina-agenda-kenmerk = Mark
pagina-agenda-gemaakt = Made
pagina-agenda-intrekken = Revoke
pagina-agenda-intrekken-van = Revoke: { $kenmerk }
pagina-agenda-ingetrokken = Revoked: { $wanneer }
pagina-onbestelbaar = Not delivered
pagina-onbestelbaar-uitleg = These messages did not arrive. They are in the inbox of whoever they were for.
pagina-onbestelbaar-geen = Everything was delivered or is on its way.
pagina-opnieuw = Try again
pagina-laten-rusten = Leave it at that
bezorging-wacht = not delivered yet
bezorging-bezorgd = delivered
bezorging-onbestelbaar = not delivered
bezorging-rust = not delivered, and left at that
bezorging-misschien = may have arrived after all

## People

mens-id = This cannot be an id. Use lower-case letters, digits, dots and hyphens, at most 64.
mens-naam = The name must be one line of 1 to 200 characters, without control characters.
mens-mail = This is not a mail address. Expected is something like name@organisation.nl.
mens-onbekend = There is no { $wat } { $naam }. Did you mean { $lijkt }?
mens-onbekend-kies = There is no { $wat } { $naam }. Choose from: { $bekend }.
mens-geen-rol = Somebody needs at least one role. Name under rollen a role with its party.
mens-te-veel = Somebody has at most 200 roles and 200 absences. Take out what is past.
mens-overzicht = This is not a schedule. Write for example: elke werkdag om 08:00, elke maandag om 08:00, elke maand op dag 1 om 08:00, or six fields of cron with days by name.
mens-stil = Quiet hours need two different times, such as from 18:00 to 08:00.
mens-geen-adres = Mail was chosen, but there is no mail address. Fill in the address or leave mail out.
mens-achterstevoren = The absence from { $datum } ends before it begins. Choose a last day on or after the first.
mens-overlap = Two absences overlap on { $datum }. Make one of them, or let the first end earlier.
mens-geen-vervanger = The replacement { $id } is not among the people of this region. Choose the id of somebody who is.
mens-kring = On { $datum } the replacement { $id } is away as well, and the replacement leads back to this person. Choose somebody who is there.
mens-alleen-eigen = You may change only your own language, channels, digest, quiet hours and absences. Ask the coordinator for the rest.
mens-van-account = This person belongs to an account. Remove the account first.
mens-vervangt = This person still replaces { $wie }. Choose another replacement there first.

## Mail

brief-dringend = Urgent

mensen-plaats = { $bestand }: person { $n } (id { $id }). { $fout }
mensen-dubbel = { $bestand }: person { $n }. The id { $id } is in the file already. Put all roles of one person under one id.

bestand-niet-gelezen = { $plaats }: { $waarom ->
    [weg] there is no such file.
    [dicht] this file may not be read.
   *[anders] this file cannot be read.
  }
bestand-te-groot = { $plaats }: this file is larger than { $meest } KB.
bestand-verwijzing = { $plaats }: anchors and aliases (`&`, `*`) are not allowed. Write the value out.
bestand-ontbreekt = { $plaats }: `{ $naam }` is missing.
bestand-onbekend = { $plaats }: `{ $naam }` does not belong here. Choose from: { $keuze }.
bestand-dubbel = { $plaats }: `{ $naam }` is there twice.
bestand-soort = { $plaats }: { $naam ->
    [tekst] expected text.
    [lijst] expected a list.
    [namen] expected names with a value, each on a line.
    [waar] expected true or false.
   *[getal] expected a number.
  }
bestand-geen-yaml = { $plaats }: this is no good YAML. Look at the indentation, the colons and the quotes.

accounts-onbekend = { $bestand }: account `{ $account }`: the { $wat } `{ $naam }` does not exist. Choose from: { $keuze }.
accounts-naam = { $bestand }: account `{ $account }`: `naam` must stand on one line, and not be empty.
accounts-dubbel = { $bestand }: account `{ $account }` stands there twice. An id is unique.
accounts-id = { $bestand }: `{ $account }` cannot be an id. Use lower-case letters, digits, `.` and `-`, at most 64.
kanalen-adres = { $bestand }: `{ $veld }` is no mail address. Write it as name@example.org.
kanalen-rest = { $bestand }: { $aantal } servers have no `domeinen`. It has to be one: that gets the mail for all other domains.
kanalen-server = { $bestand }: server `{ $server }`: { $fout }
kanalen-server-naam = the name has only lower-case letters, digits and `-`, at most 32.
kanalen-server-open = `tls: geen` is only for a server on this computer. Choose `starttls` or `tls`.
kanalen-server-wachtwoord = the environment variable `{ $naam }` is empty. Put the password in it.
kanalen-server-inlog = `gebruiker` and `wachtwoord-uit` belong together. `wachtwoord-uit` names the environment variable with the password.
kanalen-server-certificaten = the file of `certificaten`, { $bestand }, cannot be read. See whether it is there and you may read it.
kanalen-server-wachttijd = `wachttijd` is a number of seconds from 1 to 600.
kanalen-server-dubbel = this name stands there twice. Give every server a name of its own.
kanalen-server-domein = the domain `{ $domein }` belongs to server `{ $ander }` as well. Keep one.

# Spreading and ledger
pagina-grootboek-uitleg = What every party is to place in a period and has placed. Behind every number stand the cases that it comes from.
pagina-periode-dag = A day in the period
pagina-periode-kies = Show this period
pagina-periode-vorige = Period before
pagina-periode-volgende = Period after
pagina-stand = Where each party stands
pagina-deel-exact = Exact part
pagina-afwijkingen = Departed
pagina-afwijking = Departure
pagina-vrijgegeven = Released
pagina-vrijgegeven-vanaf = What a party has left from { $datum } on, others may use.
pagina-csv-stand = Standings as CSV
pagina-csv-boekingen = Placements as CSV
pagina-clausules = Where the convenant says so
pagina-clausule-over = What is spread
pagina-clausule-doel = How many there are to be together
pagina-clausule-sleutel = How they are divided
pagina-clausule-afronden = How it is rounded
pagina-clausule-voorkeur = Who goes first
pagina-clausule-tekort = What happens to a shortfall
pagina-clausule-overschot = What happens to a surplus
pagina-clausule-vrijgeven = When room becomes free for others
pagina-boekingen = Placements
pagina-boekingen-alle = Show all parties
pagina-boekingen-meer = There are more. Choose a party, or fetch the CSV.
pagina-boekingen-geen = There are no placements in this period.
pagina-gebeurtenis-nummer = event { $n }
pagina-toen = then { $partij }
pagina-nu-aan-de-beurt = next
pagina-wijk = Neighbourhood

# Matching
koppeling-niveau-aantal = fewer clients would get a home
koppeling-niveau-voorkeur = a preference would be served less well: “{ $voorkeur }”
koppeling-niveau-termijn = somebody would wait whose turn comes earlier
koppeling-niveau-evenwicht = the spreading over the parties would be less even
koppeling-niveau-volgorde = to the rules it makes no difference
koppeling-geen-met-de-hand = A choice was made by hand for this client.
koppeling-geen-woningen = There are no free homes.
koppeling-niets-past = No home fits. Every home breaks at least one of these rules:
koppeling-anderen-eerst = There are homes that fit, but others come first or a limit is reached.
koppeling-regel-toewijzing = The home belongs to { $partij }, to which the client is allocated
koppeling-regel-contra-indicatie = The client can go to the party of the home
koppeling-regel-lid = The party of the home takes part and has a share
koppeling-regel-partij = It is known of which party the home is
koppeling-regel-geweigerd = The client has not refused the home before
koppeling-voorkeur = { $feiten }
koppeling-waarom-gekozen = This is the home that was chosen.
koppeling-waarom-met-de-hand = Another choice was made by hand.
koppeling-waarom-niet-bekeken = This home was not looked at.
koppeling-waarom-past-niet = The home does not fit.
koppeling-waarom-vol = There is no room in this home.
koppeling-waarom-voorkeur = The own home comes first: { $voorkeur }.
koppeling-waarom-vergeven = This home goes to somebody else. An exchange does not make the whole better.
koppeling-waarom-grens = No more may come here.
koppeling-waarom-evenwicht = The home fits as well, but another party's turn comes first.
koppeling-waarom-volgorde = The home fits as well. The other one comes earlier in the list.
pagina-koppeling = Matching of clients and homes
pagina-koppeling-uitleg = The program looks for the best division of the free homes over everybody who waits together. You decide.
pagina-koppeling-ander-biedt = Once you agree to a home, the role that offers homes by the convenant offers it.
pagina-koppeling-niet = Only whoever matches homes and clients sees this page. In this convenant that is: { $rol }. Choose that role above.
pagina-koppeling-maak = Make a proposal
pagina-koppeling-maak-nieuw = Make a new proposal
pagina-koppeling-geen = No proposal has been made yet.
pagina-koppeling-eerder = All proposals
pagina-koppeling-nummer = Proposal { $n }
pagina-koppeling-wachten = waiting for a home: { $n }
pagina-koppeling-verouderd = Something has changed since this proposal. The reasons are therefore left out. Make a new proposal.
pagina-koppeling-zonder = without a home: { $n }
pagina-koppeling-leeg = Nobody waits for a home.
pagina-koppeling-woning = Home { $n }
pagina-koppeling-geen-woning = No home
pagina-koppeling-wacht = { $n ->
    [one] waits { $n } day
   *[other] waits { $n } days
}
pagina-koppeling-termijn = { $n ->
    [one] term: { $n } day left
   *[other] term: { $n } days left
}
pagina-koppeling-over-tijd = { $n ->
    [one] term: { $n } day over
   *[other] term: { $n } days over
}
pagina-koppeling-waarom = Why this home
pagina-koppeling-andere = Why not another home
pagina-koppeling-meer = And { $n } homes that are not listed here.
pagina-koppeling-ontbreekt = not known: { $feiten }
pagina-koppeling-aanvaard = Offer this home
pagina-koppeling-akkoord = Agree to this home
pagina-koppeling-akkoord-stand = agreed
pagina-koppeling-wijzig = Choose another home
pagina-koppeling-wijzig-kijk = See what that changes
pagina-koppeling-wijzig-doe = Choose home { $n }
pagina-koppeling-wijzig-niet = Leave it
pagina-koppeling-gevolg = If { $zaak } gets home { $n }:
pagina-koppeling-gevolg-anderen = The other cases in this list do not change by themselves. Choose another home there, or make a new proposal afterwards.
pagina-koppeling-niet-vrij = This home is no longer free. Choose another home, or make a new proposal.
pagina-koppeling-wijs-af = Reject
pagina-koppeling-andere-woning = Which home? Those that fit are listed here.
pagina-koppeling-motivering = Why? Put nothing about the client here.
pagina-koppeling-voorgesteld = proposed
pagina-koppeling-gewijzigd = changed
pagina-koppeling-aanvaard-stand = offered
pagina-koppeling-afgewezen = rejected
koppeling-niet-te-tellen = This cannot be computed exactly. There are too many clients, homes or rules at once.
koppeling-verouderd = Something has changed since this proposal. Make a new proposal.
koppeling-grens-in-de-weg = With this choice too many clients come together somewhere. Choose another home.
koppeling-past-niet = This home does not fit the client. See the rules for the reason, and choose another one.
koppeling-al-gedaan = This line has been dealt with. Fetch the proposal again.
koppeling-woning-toegezegd = This home was already agreed on for case { $zaak }, and is yet to be offered there. Choose another home.
koppeling-woning-weg = This home is no longer free. Nothing has changed. Make a new proposal.

## Homes

weigering-woning-vrij = This home is still free: offer it to a case first.
weigering-woning-aangeboden = This home is on offer to a case. Wait for the answer in that case, or take another home.
weigering-woning-aanvaard = This home was already accepted in a case. Take another home.
weigering-woning-verhuurd = This home was already let. Take another home.
weigering-woning-ingetrokken = This home was withdrawn. Take another home.
weigering-woning-past-niet = This home does not fit: { $regels }. Choose another home, or give a motivation: then it is booked as a departure.
weigering-woning-contra-indicatie = This home is not possible: the client cannot go to the party of the home. A motivation does not change that. Choose a home elsewhere.
fout-woning-veranderd = The home has changed since you saw it. Fetch it again and decide then.
fout-woning-van-ander = Only the party whose home it is may do this, or whoever matches homes.
fout-woning-past-inzage = Whether a home fits says something about the client. Only whoever offers or matches homes here sees it, and whoever may see every fact that the rules look at.
fout-woning-melden = Your role does not report homes. The agreement says at ‘gemeld door’ who does.
verwacht-eigen-partij = the name of your own party
fout-csv = Nothing was imported. Line { $regel }, column ‘{ $kolom }’: { $fout }
fout-csv-bestand = Nothing was imported: { $fout }
fout-csv-regel = Nothing was imported. Line { $regel }: { $fout }
fout-csv-codering = the file is not UTF-8; save it as ‘CSV UTF-8’
fout-csv-leeg = there is no home in it
fout-csv-te-veel = there are more than { $aantal } homes in it; split the file
fout-csv-cellen = this line has another number of cells than the header, or a quote that does not close
fout-csv-kolom = the agreement does not know this column; choose from: { $keuze }
fout-csv-dubbel = this column is there twice
fout-csv-formule = this looks like a formula; a cell may not begin with =, +, @ or a bare minus sign
fout-csv-regels = this cell has more than one line, or a character that nobody sees; see whether every quote closes
fout-csv-kenmerk = a reference has 1 to 100 characters, on one line
fout-csv-kenmerk-dubbel = this reference is also on line { $regel }
fout-csv-vast = the home with this reference is let or withdrawn and has other facts here
fout-csv-soort = Send CSV, with the header Content-Type: text/csv.
fout-csv-groot = The file is larger than 2 MiB. Split it.
woning-gemeld = Reported
woning-verbeterd = Facts corrected
woning-ingetrokken = Withdrawn
woning-aangeboden = Offered to a case
woning-afwijkend-aangeboden = Offered to a case, departing from a rule
woning-geweigerd = Refused: free again
woning-aanvaard = Accepted
woning-verhuurd = Let
woning-vrijgegeven = Free again
woning-vrij-na-einde = The case has ended: free again
woning-vrij-na-zoeken = Another home is looked for: free again
woning-vrij-na-andere-weg = No longer on offer: free again
woning-staat-vrij = free
woning-staat-aangeboden = on offer
woning-staat-aanvaard = accepted
woning-staat-verhuurd = let
woning-staat-ingetrokken = withdrawn
woning-staat-alle = all
woning-doe-bied-aan = Offer
woning-doe-trek-in = Withdraw
woning-doe-verhuurd = Let
woning-doe-geef-vrij = Set free again
pagina-woningen = Homes
pagina-woningen-uitleg = Homes that corporations have reported, and the case that each belongs to.
pagina-woningen-kies = Choose at the top of the page who you are. Then you see the homes.
pagina-woningen-geen = There are no such homes.
pagina-woningen-verder = More homes
pagina-terug-woningen = Back to the homes
pagina-woning = Home
pagina-woning-corporatie = Of
pagina-woning-staat = State
pagina-woning-gemeente = Municipality
pagina-woning-gemeente-alle = all
pagina-woning-eigen = only ours
pagina-woning-toon = Show
pagina-woning-gegevens = Facts
pagina-woning-zaak = Case number
pagina-woning-waarom = Why? Put nothing about a client here.
pagina-woning-waarom-mag = Why? Only needed when the home does not fit.
pagina-woning-kan-geen = There is nothing that you can do with this home now.
pagina-woning-melden = Report a home
pagina-woning-kenmerk = Your reference (no address)
pagina-woning-csv = Report many homes at once
pagina-woning-csv-uitleg = Save your list as CSV, in UTF-8. The first line is the header. At most 10,000 homes and 2 MB. When a line is wrong, nothing is reported.
pagina-woning-csv-bestand = File
pagina-woning-csv-plak = Or paste the content
pagina-woning-csv-inhoud = Content of the file
pagina-woning-csv-regel = line { $n }
pagina-woning-csv-kolom = column { $kolom }
pagina-woning-csv-lees = Import
pagina-woning-ingelezen = Imported. New: { $nieuw }. Corrected: { $verbeterd }. Known already: { $bekend }.
