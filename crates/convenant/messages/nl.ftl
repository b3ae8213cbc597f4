# Wat het programma zegt, in het Nederlands (B1).

## Hulp

help = Voert de afspraken van een regio uit: van convenant naar zaken, termijnen en meldingen.
help-heading-usage = Gebruik
help-heading-commands = Opdrachten
help-heading-options = Opties
help-heading-arguments = Argumenten
help-name-command = OPDRACHT
help-after =
    Zonder opdracht start de demo.
    Afsluitcodes: 0 goed, 1 er zitten fouten in de invoer, 2 verkeerd gebruik.
help-any-help = Toont deze hulp
help-any-version = Toont de versie
help-any-lang = Taal van het programma: nl of en
help-any-format = Hoe het resultaat eruitziet: text (standaard) of json
help-any-file = Het bestand van de regio (.convenant)
help-any-regeling = De regeling, als het bestand er meer heeft
help-any-listen = Het adres waarop de server luistert, alleen op deze computer; zonder adres is dat 127.0.0.1:8080
help-check = Controleert bestanden en meldt alle fouten
help-check-files = Bestanden; - leest de standaardinvoer
help-fmt = Zet bestanden in de vaste opmaak
help-fmt-files = Bestanden; - leest de standaardinvoer
help-fmt-check = Verandert niets; noemt de bestanden die anders zijn
help-explain = Zegt of een cliënt in aanmerking komt, en waarom
help-explain-facts = Bestand met de feiten van de cliënt
help-explain-home = Bestand met de gegevens van een woning: past die bij de cliënt?
help-explain-date = De dag waarop wordt getoetst; zonder dag is dat vandaag
help-test = Speelt scenario's af en noemt wat geen scenario raakt
help-test-paths = Scenario's of mappen; zonder pad is dat ./convenants
help-test-complete = Wat geen scenario raakt, telt als fout
help-test-junit = Schrijft de uitslag ook als JUnit-XML
help-simulate = Speelt verzonnen zaken na en vat samen wat er gebeurde
help-simulate-cases = Hoeveel zaken; zonder getal zijn dat er 200
help-simulate-seed = Dezelfde waarde geeft dezelfde uitkomst; zonder waarde is dat 1
help-simulate-from = Eerste dag; zonder dag is dat de dag van inwerkingtreding
help-simulate-until = Eerste dag erna; zonder dag is dat twee jaar later
help-graph = Tekent de stappen van een zaak
help-graph-format = Wat er getekend wordt: svg (standaard), dot of mermaid
help-match = Verdeelt vrije woningen over cliënten die wachten, en zegt waarom
help-match-clients = Bestand met de cliënten die wachten (YAML)
help-match-homes = Bestand met de vrije woningen (YAML of CSV)
help-match-date = De dag waarop wordt verdeeld; zonder dag is dat vandaag
help-spread = Rekent een periode opnieuw: wie kreeg wie, en hoe was dat met dit concept?
help-spread-data = Map met de gegevens van een server of demo die nu niet draait
help-spread-period = Een jaar, maand of dag: de periode waarin die ligt; zonder is dat de laatste met plaatsingen
help-spread-format = Hoe het resultaat eruitziet: text (standaard), json of csv
help-spread-svg = Tekent het ook, in dit bestand
help-people = Controleert een bestand met mensen en noemt de rollen die niemand invult
help-people-file = Bestand met mensen (YAML)
help-people-regions = Map met een map per regio; zonder map zijn dat de drie regio's van het programma
help-people-date = De dag waarop wordt gekeken wie wat invult; zonder dag is dat vandaag

help-notify = Werkt met de meldingen van een bestand
help-notify-preview = Laat elke melding zien met verzonnen gegevens: tekst, HTML en plaatje
help-notify-preview-notice = Alleen meldingen waarvan de naam dit bevat
help-notify-preview-out = Map voor het resultaat; zonder map is dat ./data/meldingen met daarin een map per regio
help-serve = Start de server
help-serve-data = Map voor de gegevens (SQLite); zonder map is dat ./data/server
help-serve-database = Database (PostgreSQL)
help-serve-regions = Map met een map per regio; zonder map zijn dat de drie regio's van het programma
help-serve-accounts = Bestand met accounts (YAML)
help-serve-webhook_allow = Privé-adres (IP) dat webhooks toch mogen gebruiken, ook met http; mag vaker
help-serve-webhook_publisher = Wie de berichten van webhooks uitgeeft, zoals oin:00000001823288444000
help-serve-webhook_origin = Naam (DNS) van deze afzender, waarmee een ontvanger van webhooks instemt, zoals zaken.voorbeeld.nl
help-serve-webhook_ca = Certificaten (PEM) van wie de ontvangers van webhooks mag ondertekenen, naast wie deze machine vertrouwt
help-serve-people = Bestand met mensen (YAML)
help-serve-holidays = Bestand met feestdagen, na een nieuw besluit; zonder bestand die van het programma
help-serve-channels = Bestand met mailservers (YAML); zonder bestand blijft de mail in de map post
help-serve-rehearse = Oefenen: met een eigen klok, die op deze dag begint en die u vooruitzet; elke pagina laat die klok zien
help-serve-lease = Met meer servers op één database: hoeveel seconden een server werk houdt dat hij heeft gepakt; daarna neemt een ander het over. Langer krijgt een mail ook niet om te vertrekken. Zonder getal is dat 60
help-serve-keep = Hoeveel dagen meldingen die gelezen zijn blijven staan, met wat ervan is verstuurd; het logboek van de zaken blijft altijd. Wat niet gelezen, niet bezorgd of onzeker is blijft ook. Zonder getal is dat 366
help-demo = Vult een map met drie regio's en verzonnen zaken, en start de server
help-demo-data = Map voor de gegevens; zonder map is dat ./data/demo
help-demo-cases = Hoeveel zaken, over de drie regio's samen; zonder getal zijn dat er 600
help-demo-seed = Dezelfde waarde geeft dezelfde zaken
help-demo-fill_only = Vult alleen de map en stopt
help-ledger = Toont per partij doel en plaatsingen, en wie aan de beurt is en waarom
help-ledger-period = Een jaar, maand of dag: de periode waarin die ligt; zonder is dat die van vandaag
help-ledger-partij = Alleen de plaatsingen van deze partij
help-ledger-zaak = Nummer van een zaak: wie is daarvoor aan de beurt?
help-ledger-account = Wie het vraagt; wie een rol in een zaak heeft, ziet daar meer van
help-feed = Werkt met de geheime adressen waaronder een agenda iemands termijnen leest
help-feed-make = Maakt een adres en toont het, deze ene keer
help-feed-list = Noemt de adressen van een account, zonder het geheim
help-feed-revoke = Trekt een adres voorgoed in
help-feed-revoke-id = Nummer van het adres, zoals `list` het noemt
help-homes = Werkt met woningen die vrijkomen
help-homes-list = Noemt de woningen
help-homes-list-staat = Alleen in deze staat, zoals vrij of aangeboden
help-homes-list-gemeente = Alleen in deze gemeente
help-homes-import = Meldt de woningen uit een CSV bij een server, alle of geen
help-homes-import-file = Bestand (CSV, in UTF-8); - is de standaardinvoer
help-any-region = Regio, zoals utrecht
help-any-account = Account
help-clock = Toont of verzet de klok van een demo die draait
help-clock-show = Toont de klok
help-clock-forward = Zet de klok vooruit
help-clock-forward-days = Aantal dagen
help-clock-forward-weeks = Aantal weken

## Verkeerd gebruik

wrong-use-unknown-argument = { $argument } is hier niet bekend.
wrong-use-unknown-command = De opdracht { $argument } bestaat niet.
wrong-use-no-value = Achter { $argument } hoort een waarde.
wrong-use-value = { $value } past niet bij { $argument }.
wrong-use-missing = Er ontbreekt iets: { $argument }.
wrong-use-conflict = { $argument } kan niet samen met { $other }.
wrong-use-other = Zo werkt deze opdracht niet. { $argument }
wrong-use-nearest = Bedoelt u { $nearest }?
wrong-use-possible = Mogelijk zijn: { $values }.
wrong-use-help = Met --help ziet u wat er kan.

## Bestanden

file-too-large = { $file } is groter dan 1 MiB. Zo groot mag een bestand niet zijn; het is niet gelezen.
file-unreadable = { $file } kan niet worden gelezen: { $why }.
file-unwritable = { $file } kan niet worden geschreven: { $why }.
file-not-found = het bestaat niet
file-no-permission = u heeft er geen rechten op
file-is-folder = het is een map

## YAML

yaml-not-utf8 = dit is geen geldige tekst (UTF-8). Sla het bestand op als UTF-8
yaml-alias = verwijzingen met & en * mogen hier niet. Schrijf de waarde uit, of zet haar tussen aanhalingstekens
yaml-tag = een ! voor een waarde mag hier niet. Zet de waarde tussen aanhalingstekens
yaml-too-many = er staan meer dan { $most } waarden in dit bestand
yaml-key = een sleutel hoort één woord of één tekst te zijn
yaml-duplicate-key = de sleutel `{ $key }` staat hier tweemaal. Laat er één staan
yaml-too-deep = dit is te diep genest
yaml-one-document = er mag maar één document in het bestand staan (--- scheidt documenten)
yaml-malformed = hier klopt de YAML niet. Kijk naar inspringing, dubbele punten en aanhalingstekens

## Namen

and = en
nearest = Bedoelt u `{ $name }`?
nearest-known = Bekend zijn: { $names }.
scheme-unknown = De regeling `{ $name }` staat niet in dit bestand. { $hint }
scheme-choose = Dit bestand heeft meer regelingen. Kies er één met --regeling: { $names }.

## Waarden

duration-hours = { $n } uur
duration-days = { $n ->
    [one] { $n } dag
   *[other] { $n } dagen
}
duration-working-days = { $n ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
}
duration-weeks = { $n ->
    [one] { $n } week
   *[other] { $n } weken
}
duration-months = { $n ->
    [one] { $n } maand
   *[other] { $n } maanden
}
duration-years = { $n } jaar
date-months = januari februari maart april mei juni juli augustus september oktober november december
outcome-met = voldoet
outcome-unmet = voldoet niet
outcome-unknown = onbekend

## check

check-page = Uitleg: { $page }
bound = { $file }: spreiding{ $scheme } vanaf { $from }: van { $total } blijft een partij hoogstens { $behind } achter bij haar doel ({ $who }) en gaat zij er hoogstens { $beyond } overheen ({ $other }); afronden scheelt hoogstens { $rounding } ({ $rounded }). Zonder afwijkingen met motivering.
bound-neighbourhoods = Wie het meest doet, heeft daarvoor minstens { $needed } wijken nodig ({ $party }).
check-summary = { $errors ->
    [one] { $errors } fout
   *[other] { $errors } fouten
}, { $warnings ->
    [one] { $warnings } waarschuwing
   *[other] { $warnings } waarschuwingen
}, { $files ->
    [one] { $files } bestand
   *[other] { $files } bestanden
}

## Sjablonen

template-folder = De sjablonen in { $folder } kunnen niet worden gelezen: { $why }.
template-unknown = het veld `{ $name }` bestaat niet in een brief
template-personal = het gegeven `{ $name }` mag niet in een mail: het convenant zegt niet dat het in meldingen is toegestaan
template-personal-hint = haal het weg; de lezer ziet het in de zaak zelf
template-fact = het gegeven `{ $name }` is geen veld van een brief
template-fact-hint = noem het bij `velden` van de melding en gebruik hier `velden`
template-missing = melding `{ $notice }` noemt het sjabloon `{ $template }`, en dat is er niet
template-costly = dit sjabloon kost te veel rekenwerk
template-costly-hint = herhaal minder; een brief heeft hooguit enkele duizenden stappen nodig
template-subject = hier hoort op de eerste regel het onderwerp te staan, dan een lege regel en dan de tekst
template-faulty = dit sjabloon klopt niet: { $detail }

## notify

notify-none = Er is geen melding waarvan de naam `{ $name }` bevat. Er zijn: { $names }.
notify-faulty = De sjablonen hebben fouten; `convenant check { $file }` laat ze zien.
notify-no-browser = Chromium staat niet op het pad: er zijn geen plaatjes gemaakt, wel tekst en HTML.
notify-no-picture = Van { $name } kon geen plaatje worden gemaakt.
notify-done = { $count ->
    [one] { $count } melding
   *[other] { $count } meldingen
} in { $folder }
notify-title = Meldingen van { $region }
notify-as-text = Tekst
notify-as-html = HTML
notify-as-mail = Mail
notify-picture = { $name }, { $width } pixels breed

## graph

graph-always = In elke stap kan
graph-done = gereed
graph-allocated = { $kind } toegewezen
graph-accepted = aanbod aanvaard
graph-exhausted = { $times } keer geweigerd
graph-after = vanzelf na { $duration }
graph-on = vanzelf op { $date }
graph-evaluation = evaluatie elke { $every }
graph-within = binnen { $duration }
graph-within-after = binnen { $duration } na { $anchor }
graph-before = { $duration } vóór { $anchor }
graph-aim = { $deadline } (streven)
graph-opening = opening
graph-term-end = einde looptijd
graph-legend = Dikke rand: begin of geslaagd einde. Rond: einde. Onderbroken pijl: gaat vanzelf, als de tijd er is.

## Waarden en bronnen

yes = ja
no = nee
article = artikel "{ $article }"
assumption = aanname
period = { $from } tot { $until }
period-open = sinds { $from }
nobody = niemand
place-nowhere = (niet geopend)

## fmt

fmt-done = { $file } staat nu in de vaste opmaak.

## explain

compile-failed = Dit bestand kan niet worden uitgevoerd: { $why }
explain-outcome = { $outcome } — { $scheme }, getoetst op { $date }
explain-deciding = Dit beslist:
explain-home = Past deze woning? { $outcome }
explain-others = De overige clausules:
explain-missing = Dit ontbreekt nog en kan beslissen:
explain-missing-judgement = oordeel over { $name } van { $who }
explain-judged-by = oordeel van { $who }
facts-map = hier horen feiten te staan, elk als `naam: waarde`
facts-judgements-map = onder `oordelen` hoort elk oordeel als `naam: ja` of `naam: nee`
facts-unknown = het feit `{ $name }` staat niet in het convenant. { $hint }
facts-unknown-judgement = het oordeel `{ $name }` staat niet in het convenant. { $hint }
facts-wrong-type = de waarde van `{ $name }` past niet. Verwacht: { $expected }
type-bool = ja of nee
type-number = een getal, zoals 3 of "2,5"
type-money = een bedrag, zoals "€ 1.250,50"
type-percentage = een percentage, zoals "12,5%"
type-date = een datum die bestaat, zoals 2018-05-02
type-duration = een duur, zoals "6 maanden"
type-text = een tekst
type-choice = een van: { $options }
type-party = de naam van een { $kind } uit het convenant
type-periods = periodes, zoals [ {"{"} van: 2010-01-01, tot: 2016-06-01 {"}"} ], elk met `van` voor `tot`

## Vorm van een scenario

shape-map = hier horen sleutels met een waarde te staan: { $keys }
shape-key = de sleutel `{ $key }` hoort hier niet. { $hint }
shape-text = hier hoort een tekst te staan
shape-list = hier hoort een lijst te staan: [ … ] of regels met een streepje
shape-date = hier hoort een datum te staan die bestaat, zoals 2018-05-02
shape-moment = hier hoort een dag te staan, met of zonder tijd: 2018-05-02 09:00
shape-yes = hier hoort ja of nee te staan
shape-missing = de sleutel `{ $key }` ontbreekt
shape-suspended = hier hoort `nee` te staan, of van en tot
name-unknown = `{ $name }` bestaat hier niet. { $hint }
act-malformed = deze daad klopt niet: { $why }

## test

test-none = Geen scenario's gevonden in { $paths }. Een scenario is een .yaml-bestand in een map `scenarios`.
test-which-convenant = in { $folder } staat niet precies één .convenant-bestand. Noem het bestand met `convenant:`
test-which-scheme = dit convenant heeft meer regelingen. Noem er één met `regeling:`: { $names }
test-nobody = nog niemand handelt. Noem met `wie:` een rol en een partij
test-readable = een scenario dat klopt met het convenant
test-good = goed  { $title }  ({ $file })
test-bad-step = "{ $title }" wijkt af in stap { $step }
test-bad-file = "{ $title }" kan niet worden gespeeld
test-expected = {"  "}verwacht: { $text }
test-found = {"  "}gevonden: { $text }
test-what-to-do = {"  "}Klopt wat gevonden is met de afspraak? Pas dan het scenario aan. Anders klopt het convenant niet.
test-gaps = { $file }: dit raakt geen enkel scenario:
test-summary = { $good } goed, { $bad } fout.
test-summary-gaps = Niet geraakt: { $gaps }.
expect-accepted = de daad is aanvaard
gap-exit = stap { $step }: { $exit }
gap-outcome = stap { $step }: besluit { $decision }, uitkomst { $outcome }
gap-answer = stap { $step }: aanbod, { $answer }
gap-always = altijd: { $exit }
gap-never-true = { $kind } { $name } was nooit waar
gap-never-false = { $kind } { $name } was nooit onwaar

## Weigeringen

refused-niet-geopend = de zaak is nog niet geopend
refused-al-geopend = de zaak is al geopend
refused-afgelopen = de zaak is afgelopen
refused-niet-van-kracht = het convenant is op deze dag niet van kracht
refused-onbekende-naam = het convenant van deze zaak kent deze naam niet
refused-niet-hier = dit hoort niet bij de stap waarin de zaak is
refused-niet-in-rol = de partij vervult deze rol op deze dag niet
refused-mag-niet = deze rol mag dit niet
refused-alleen-de-klok = dit gaat vanzelf, of juist niet
refused-motivering-nodig = er hoort een motivering bij
refused-verkeerde-waarde = de waarde past niet bij het feit
refused-al-bekend = het feit is al bekend met een andere waarde; verbeter het
refused-nog-niet-bekend = het feit is nog niet bekend; geef het op
refused-niet-compleet = de stap is niet compleet
refused-niet-te-beslissen = er ontbreekt iets dat beslist
refused-advies-nodig = er is eerst advies nodig
refused-voorwaarde-niet-vervuld = de voorwaarde geldt niet, of dat is niet bekend
refused-al-gestemd = dit lid heeft al gestemd
refused-aanbod = er is geen aanbod open, of er is al een aanbod
refused-te-vroeg = het kan pas later
refused-opgebruikt = het aantal keren is op
refused-opschorting = opschorten of hervatten kan nu niet
refused-afwezig = een verplichte deelnemer was er niet
refused-niet-toe-te-wijzen = deze partij kan niet worden toegewezen
refused-grens-bereikt = een grens wordt overschreden
refused-andere-regeling = de andere regeling moet eerst afwijzen, of heeft dat te kort geleden gedaan
refused-verlopen = de wekker bestaat niet meer
refused-verkeerde-dag = deze dag kan niet
refused-instemming-nodig = er is nog instemming nodig
refused-geen-partij = deze partij heeft niet getekend, of kan dat niet
refused-niet-te-tellen = de termijn kan niet worden geteld: de vrije dagen van dat jaar zijn niet bekend

## simulate

simulate-from = Dit convenant zegt niet wanneer het in werking treedt. Noem de eerste dag met --from.
simulate-until = --until hoort een dag na --from te zijn.
simulate-head = { $region }: { $opened } zaken geopend, van { $from } tot { $until } (seed { $seed })
simulate-end = Einde
simulate-cases = Zaken
simulate-running = (loopt nog)
simulate-step = Stap
simulate-visits = Bezoeken
simulate-median = Mediaan (dagen)
simulate-p90 = 90% binnen (dagen)
simulate-deadline = Termijn
simulate-in-time = Op tijd
simulate-late = Te laat
simulate-overdue = Verstreken, loopt nog
simulate-lapsed = Vervallen
simulate-period = Spreiding van { $from } tot { $until } ({ $scheme })
simulate-party = Partij
simulate-target = Doel
simulate-placed = Geplaatst

## serve, demo, clock

people-region = { $region }: { $people ->
    [one] 1 mens
   *[other] { $people } mensen
}, { $vacant ->
    [0] alle rollen ingevuld
    [one] 1 rol niet ingevuld
   *[other] { $vacant } rollen niet ingevuld
}
people-vacant = {"  "}{ $party }, { $role }: { $from } – { $through }, { $why }
people-nobody = niemand heeft deze rol
people-away = afwezig zonder vervanger
serve-listening = De server luistert op { $url }
serve-rehearse-real = Deze gegevens zijn niet van een oefening: er staan zaken in. Kies met --data of --database een andere plek om te oefenen.
serve-rehearse-kept = Deze gegevens zijn van een oefening of van de demo, met een eigen klok. Start de server met --rehearse en een datum (de klok gaat verder waar die was), of kies met --data of --database een andere plek.
serve-rehearse-clock = Dit is een oefening. De klok staat op { $date }.
serve-address = { $address } is geen adres met een poort, zoals 127.0.0.1:8080.
serve-key = Voor PostgreSQL hoort in { $name } een sleutel van 64 hexadecimale cijfers te staan.
serve-loopback = Op { $address } luistert de server niet: er is nog geen inlog, dus iedereen die erbij kan, kan alles doen. Kies 127.0.0.1 of [::1].
serve-listen = De server kan niet luisteren op { $address }: { $why }. Draait daar al iets? Kies een ander adres met --listen.
serve-in-use = De map { $folder } is in gebruik door een ander proces. Stop dat proces, of kies een andere map met --data.
serve-not-writable = In de map { $folder } kan niet worden geschreven: { $why }. Kies een andere map met --data.
serve-newer = De gegevens zijn van een nieuwere versie van dit programma ({ $found }). Gebruik die versie, of kies een andere map met --data.
serve-no-database = De database antwoordt niet ({ $why }). Kijk of PostgreSQL daar draait, en of het adres achter --database klopt.
serve-disk-full = De schijf is bijna vol. Maak ruimte vrij en begin opnieuw.
holidays-wrong = { $place }: { $wrong }
holidays-no-range = het bestand zegt niet welke dagen erin staan. Begin met `bereik;eerste dag;laatste dag`.
holidays-range-twice = `bereik` staat er twee keer. Laat er één staan.
holidays-range-bounds = `bereik` moet tussen 1600 en 2999 liggen.
holidays-before-range = er staat een `dag` voor `bereik`. Zet `bereik;eerste dag;laatste dag` bovenaan.
holidays-outside = { $on } valt buiten `bereik`.
holidays-no-name = { $on } heeft geen naam. Schrijf `dag;datum;grond;naam`.
holidays-basis = de grond `{ $basis }` is niet bekend. Kies uit `ATW 3(1)`, `ATW 3(2)` en `besluit`.
holidays-order = { $on } staat niet op volgorde. Zet de dagen op datum en naam, elk één keer.
holidays-line = `{ $word }` met deze velden is niet bekend. Schrijf `bereik;eerste dag;laatste dag`, `besluiten;eerste dag;laatste dag;nagezien` (of `niet nagezien`) of `dag;datum;grond;naam`.
holidays-date = `{ $text }` is geen datum. Schrijf jaar-maand-dag, zoals 2018-05-11.
holidays-reversed = { $from } ligt na { $to }. Draai ze om.
serve-no-certificate = In { $file } staat geen geldig certificaat. Geef een bestand in PEM-vorm (-----BEGIN CERTIFICATE-----).
serve-holidays-large = een bestand met feestdagen is niet groter dan 1 MiB
serve-other = Dat lukt niet: { $why }
demo-folder = Map met de gegevens: { $folder }
demo-filled = Klaar: { $cases } verzonnen zaken, { $events } gebeurtenissen.
demo-clock = De klok van de demo staat op { $date }.
demo-other = Deze map is gevuld met { $cases } zaken (seed { $seed }). Laat --cases en --seed weg, of kies een andere map met --data.
demo-other-regions = Deze map is half gevuld door een andere versie van het programma. Kies een andere map met --data.
demo-look =
    Kijk op { $url }/
    Post die verstuurd zou worden: { $post }
    De klok vooruit: convenant clock forward --days 7
    Stoppen: Ctrl-C. Daarna gaat `convenant demo` verder waar het was.
feed-made = Dit adres ({ $id }) ziet u één keer. Wie het kent, kan de termijnen lezen; trek het in als het bekend raakt.
feed-none = Er zijn geen adressen.
feed-one = { $id }  gemaakt { $made }  taal { $language }
feed-one-revoked = { $id }  gemaakt { $made }  taal { $language }  ingetrokken { $end }
feed-revoked = Het adres { $id } is ingetrokken. Een agenda die het gebruikt, krijgt niets meer.
call-unreachable = Op { $address } is geen server te vinden: { $why }.
call-refused = De server weigert ({ $status }): { $why }
ledger-none = Geen regeling van deze regio spreidt.
ledger-not-yet = { $scheme }: nog niet in werking.
ledger-head = { $scheme }: { $total } { $unit } van { $from } tot { $until }
ledger-party = Partij
ledger-exact = Precies
ledger-target = Doel
ledger-carried = Meegenomen
ledger-placed = Geplaatst
ledger-departures = Afwijkingen
ledger-released = Vrijgegeven
ledger-behind = Nog te plaatsen
ledger-day = Dag
ledger-then = Toen
ledger-case = Zaak
ledger-event = Gebeurtenis
ledger-neighbourhood = Wijk
ledger-departure = Afwijking
ledger-motivation = Motivering
ledger-more = Dit zijn de eerste { $count } plaatsingen. Vraag ze per partij (--partij), of als CSV op de pagina van de spreiding.
ledger-next = Aan de beurt: { $party }
ledger-next-nobody = Niemand is aan de beurt.
ledger-candidate = - { $party }: { $why } ({ $source })
ledger-article = artikel "{ $article }"
ledger-assumption = aanname
ledger-missing = Nog niet bekend, en het kan de keuze veranderen: { $facts }
homes-none = Er zijn geen woningen.
homes-id = Nummer
homes-reference = Kenmerk
homes-corporation = Corporatie
homes-state = Staat
homes-imported = { $file }: { $new } nieuw, { $corrected } verbeterd, { $known } al bekend.
homes-wrong = { $file } is niet ingelezen. Er is niets gemeld. Dit is fout:
homes-fault = regel { $line }, kolom { $column }: { $text }
homes-fault-line = regel { $line }: { $text }
homes-fault-more = Er kunnen meer fouten zijn.
homes-too-large = { $file } is groter dan 2 MB. Er is niets gemeld. Deel het bestand in kleinere delen.
homes-unreadable = { $file } kan niet worden gelezen: { $why }
homes-unreachable = Op { $address } is geen server te vinden: { $why }. Met --listen noemt u een ander adres.
homes-refused = De server weigert ({ $status }): { $why } Er is niets gemeld.
clock-nothing = Hoe ver vooruit? Noem --days of --weeks.
clock-unreachable = Op { $address } is geen demo te vinden: { $why }.
clock-refused = De demo weigert ({ $status }): { $why }
clock-now = De klok van de demo staat op { $date }.
clock-done = Onderweg: { $timers } wekkers, { $digests } overzichten, { $notices } meldingen.

spread-head = { $cases } plaatsingen van { $from } tot { $until }: nu en met dit concept
spread-party = Partij
spread-target-now = Doel nu
spread-placed-now = Geplaatst nu
spread-target-draft = Doel concept
spread-placed-draft = Geplaatst concept
spread-difference = Verschil
spread-row = { $party }: nu { $now }, met dit concept { $draft }.
spread-unplaced = Voor { $cases } zaken wijst het concept niemand aan.
spread-unknown = Van { $cases } zaken is niet bekend waar het concept de voorkeur aan geeft.
spread-outside = { $cases } plaatsingen zijn bij partijen die in het concept geen aandeel hebben.
spread-note = Elke zaak is geplaatst op de dag waarop dat echt gebeurde, bij wie het concept dan als eerste noemt. Van de wijk is alleen bekend waar de woning nu staat: grenzen per wijk tellen niet mee.
spread-none = In { $folder } is nog niemand geplaatst onder deze regeling. Kies een andere map of regeling.
spread-no-spreading = Deze regeling heeft geen spreiding. Voeg een blok `spreiding` toe, of kies een andere regeling met --regeling.
spread-no-folder = { $folder } is geen map met gegevens. Geef de map van `convenant serve` of `convenant demo`.
spread-no-region = De regio { $region } staat niet in { $folder }. De regio in het concept moet zo heten als in het bestand waarmee de server draait.

match-head = Verdeling op { $date }: { $served } van { $clients } cliënten krijgen een woning
match-no-home = geen woning
match-more = En nog { $count ->
    [one] één andere woning
   *[other] { $count } andere woningen
 }. Met --format json staan ze er allemaal.
match-missing = niet bekend: { $facts }
match-article = artikel "{ $article }"
match-assumption = aanname
match-failed = De woningen kunnen niet worden verdeeld: { $why }
match-csv = Dit is geen goede CSV: { $why }
match-home-name = Elke woning heeft een eigen naam nodig. Zet die in de eerste kolom.
match-client-keys = Dit hoort hier niet. Gebruik sinds, termijn, regeling, toegewezen, geweigerd en feiten.
match-date = Dit is geen datum. Schrijf bijvoorbeeld 2018-05-02.
match-scheme = Deze regeling staat niet in het convenant.
match-party = Deze partij staat niet in het convenant.
match-refused = Zet hier een lijst met namen van woningen.
match-since = Zeg bij `sinds` vanaf welke dag de cliënt wacht.
