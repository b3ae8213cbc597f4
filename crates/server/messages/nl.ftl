# Wat mensen lezen: pagina's, problemen, weigeringen, gebeurtenissen.

ja = ja
nee = nee
en = en
de-klok = de klok
voldoet = voldoet
voldoet-niet = voldoet niet
onbekend = onbekend

maand-1 = januari
maand-2 = februari
maand-3 = maart
maand-4 = april
maand-5 = mei
maand-6 = juni
maand-7 = juli
maand-8 = augustus
maand-9 = september
maand-10 = oktober
maand-11 = november
maand-12 = december
dag-1 = maandag
dag-2 = dinsdag
dag-3 = woensdag
dag-4 = donderdag
dag-5 = vrijdag
dag-6 = zaterdag
dag-7 = zondag

duur-uren = { $n } uur
duur-dagen = { $n ->
    [one] { $n } dag
   *[other] { $n } dagen
  }
duur-werkdagen = { $n ->
    [one] { $n } werkdag
   *[other] { $n } werkdagen
  }
duur-weken = { $n ->
    [one] { $n } week
   *[other] { $n } weken
  }
duur-maanden = { $n ->
    [one] { $n } maand
   *[other] { $n } maanden
  }
duur-jaren = { $n } jaar

bron-artikel = artikel “{ $artikel }”
bron-aanname = aanname
bron-geen = geen bron
uitgang-gereed = de stap is gereed
uitgang-doelgroep = besluit over de doelgroep
uitgang-toewijzen = { $soort } toewijzen volgens de spreiding
uitgang-aanbod = een woning aanbieden
uitgang-vanzelf = gaat vanzelf
doe-feiten = gegevens opgeven
doe-toewijzen = toewijzen volgens de spreiding
doe-antwoord = het aanbod beantwoorden
doe-bezwaar = bezwaar maken
doe-verleng-bezwaar = het besluit op het bezwaar uitstellen
doe-besluit-bezwaar = beslissen op het bezwaar
bezwaar-gegrond = gegrond
bezwaar-ongegrond = ongegrond
termijn-zaak = de hele zaak
termijn-aanbod = antwoord op het aanbod
termijn-evaluatie = evaluatie bij ‘{ $stap }’
termijn-bezwaar = bezwaar maken
termijn-besluit-bezwaar = besluit op het bezwaar

## Gebeurtenissen

gebeurtenis-geopend = De zaak is geopend in de stap ‘{ $stap }’.
gebeurtenis-van-de-zaak = De { $soort } van de zaak is { $partij }.
gebeurtenis-feiten = Opgegeven: { $feiten }.
gebeurtenis-verbeterd = Verbeterd: { $feit }.
gebeurtenis-verbeterd-na-besluit = Verbeterd: { $feit }. Op de oude waarde rusten eerdere besluiten: { $n }.
gebeurtenis-beoordeeld = Oordeel over { $criterium }: { $uitkomst }.
gebeurtenis-bewijs = Bewijs ontvangen: { $bewijs }, afgegeven op { $datum }.
gebeurtenis-taak = Taak gedaan: { $taak }.
gebeurtenis-advies-voor = { $wie } adviseert positief over: { $over }.
gebeurtenis-advies-tegen = { $wie } adviseert negatief over: { $over }.
gebeurtenis-doelgroep = Besluit over de doelgroep: { $uitkomst }.
gebeurtenis-doelgroep-afgeweken = Besluit over de doelgroep: { $uitkomst }. Volgens de regels: { $berekend }. Hier is gemotiveerd van de regels afgeweken.
gebeurtenis-besloten = { $besluit } { $uitkomst }.
gebeurtenis-gestemd = { $partij } stemt. { $besluit } { $uitkomst }.
gebeurtenis-gehandeld = { $handeling }.
gebeurtenis-toegewezen = Toegewezen aan { $partij }, volgens de spreiding.
gebeurtenis-toegewezen-afgeweken = Toegewezen aan { $partij }. Volgens de spreiding was { $voorgesteld } aan de beurt.
gebeurtenis-aangeboden = Er is een woning aangeboden.
gebeurtenis-aanvaard = Het aanbod is aanvaard.
gebeurtenis-geweigerd = Het aanbod is geweigerd.
geweigerd-op-grond = Het aanbod is geweigerd om een geldige reden.
gebeurtenis-geweigerd-met-reden = Het aanbod is geweigerd om een geldige reden: { $reden }.
gebeurtenis-stap = Naar de stap ‘{ $stap }’.
gebeurtenis-einde = De zaak is afgelopen: { $einde }.
gebeurtenis-termijn-begonnen = Termijn begonnen: ‘{ $termijn }’, op zijn laatst { $datum }.
gebeurtenis-termijn-gehaald = Termijn gehaald: ‘{ $termijn }’.
gebeurtenis-termijn-vervallen = Termijn vervallen: ‘{ $termijn }’.
gebeurtenis-termijn-verschoven = Termijn verschoven: ‘{ $termijn }’, nu op zijn laatst { $datum }.
gebeurtenis-termijn-verzet = Termijn met de hand verzet: ‘{ $termijn }’, van { $was } naar { $datum }.
gebeurtenis-termijn-verzet-ingekort = Termijn met de hand verzet: ‘{ $termijn }’, van { $was } naar { $datum }. Dat is eerder dan de afspraak geeft.
gebeurtenis-termijn-herrekend = De kalender is veranderd. Termijn opnieuw geteld: ‘{ $termijn }’, van { $was } naar { $datum }.
gebeurtenis-opgeschort = De termijn staat stil vanaf { $van }, uiterlijk tot { $tot }.
gebeurtenis-hervat = De termijn loopt weer vanaf { $van }.
gebeurtenis-hervat-verstreken = De gegeven tijd is voorbij: de termijn loopt weer vanaf { $van }.
gebeurtenis-verlengd = De termijn is verlengd.
gebeurtenis-geevalueerd = Er is geëvalueerd. Aanwezig: { $aanwezig }.
gebeurtenis-bezwaar = Er is bezwaar gemaakt tegen het besluit over de doelgroep.
gebeurtenis-bezwaar-stem-gegrond = Stem over het bezwaar: gegrond.
gebeurtenis-bezwaar-stem-ongegrond = Stem over het bezwaar: ongegrond.
gebeurtenis-bezwaar-verdaagd = Het besluit op het bezwaar is uitgesteld.
gebeurtenis-bezwaar-gegrond = Het bezwaar is gegrond: de cliënt voldoet.
gebeurtenis-bezwaar-ongegrond = Het bezwaar is ongegrond: het besluit blijft zoals het was.
gebeurtenis-herinnerd = Herinnering gestuurd: ‘{ $termijn }’.
gebeurtenis-te-laat = Termijn voorbij: ‘{ $termijn }’.
gebeurtenis-geescaleerd = Termijn voorbij, hoger gemeld: ‘{ $termijn }’.
gebeurtenis-geescaleerd-ongelezen = Niet gelezen, dus eerder hoger gemeld: ‘{ $termijn }’.
gebeurtenis-looptijd = Het convenant loopt tot { $datum }.
gebeurtenis-looptijd-open = Het convenant loopt zonder einddatum.
gebeurtenis-looptijd-voorbij = Het convenant is afgelopen; de zaak gaat verder zoals het convenant zegt.
gebeurtenis-overgegaan = De zaak gaat verder onder versie { $versie } van het convenant.
gebeurtenis-vanzelf = De tijd is voorbij: de zaak gaat vanzelf verder.
gebeurtenis-gebeurd = Er is iets gebeurd.

## Waarom een laatste dag zo valt

waarom-vanaf-stap = het begin van de stap
waarom-vanaf-opening = de opening van de zaak
waarom-vanaf-looptijd = het einde van de looptijd
waarom-vanaf-klaar = ‘{ $naam }’ was klaar
waarom-vanaf-gebeurd = ‘{ $naam }’
waarom-vanaf-gegeven = het gegeven ‘{ $naam }’
waarom-vanaf-aanbod = het aanbod van de woning
waarom-vanaf-evaluatie = de vorige evaluatie, of het begin van de stap
waarom-vanaf-besluit = het besluit over de doelgroep
waarom-vanaf-bezwaartermijn = de laatste dag om bezwaar te maken
waarom-begin = Telt vanaf { $datum }: { $wat }. Die dag zelf telt niet mee.
waarom-begin-telt = Telt vanaf { $datum }: { $wat }. Die dag telt mee.
waarom-terug = Telt terug vanaf { $datum }: { $wat }.
waarom-afgerond = De maand heeft die dag niet. Er is geteld tot { $datum }.
waarom-geteld = Na { $duur } is het { $datum }.
waarom-overgeslagen = { $datum } telt niet mee: { $reden }.
waarom-schuift-atw = Het einde valt op een vrije dag en schuift naar { $datum } (Algemene termijnenwet, artikel 1, lid 1).
waarom-twee-dagen = De termijn heeft minstens twee werkdagen en loopt daarom tot en met { $datum } (Algemene termijnenwet, artikel 2).
waarom-schuift = Het einde valt op een vrije dag en schuift naar de volgende werkdag: { $datum }.
waarom-blijft-terug = { $datum } is een vrije dag, maar een termijn die terugtelt schuift niet (Algemene termijnenwet, artikel 1, lid 2).
waarom-blijft-buiten-atw = { $datum } is een vrije dag, maar een termijn van deze lengte schuift niet (Algemene termijnenwet, artikel 4).
waarom-blijft-kalenderdagen = { $datum } is een vrije dag, maar bij kalenderdagen schuift het einde niet.
waarom-stilgestaan = Stond stil vanaf { $van } en loopt weer vanaf { $tot }: van { $was } naar { $datum }.
waarom-verlengd = Verlengd met { $duur }: van { $was } naar { $datum }.
waarom-opnieuw = Het begin van de termijn is veranderd: van { $was } naar { $datum }.
waarom-overgegaan = Overgegaan naar een nieuwe versie van het convenant: van { $was } naar { $datum }.
waarom-verzet = Met de hand verzet: van { $was } naar { $datum }. De reden staat in de geschiedenis.
waarom-kalender = De kalender is veranderd: van { $was } naar { $datum }.
waarom-verschoven = Verschoven: van { $was } naar { $datum }.
waarom-ingekort = Let op: dit is eerder dan de afspraak geeft.
waarom-anders-geteld = Let op: met de vrije dagen die nu bekend zijn, komt de telling op een andere dag uit.
waarom-niet-nagezien = Let op: van { $jaren } is niet nagezien welke dagen bij besluit vrij zijn.
dag-zaterdag = zaterdag
dag-zondag = zondag
dag-feestdag = { $naam } (Algemene termijnenwet, artikel 3, lid 1)
dag-goede-vrijdag = { $naam } (Algemene termijnenwet, artikel 3, lid 2)
dag-besluit = { $naam }, bij besluit voor { $jaar } (Algemene termijnenwet, artikel 3, lid 3)

## Weigeringen

weigering-niet-geopend = De zaak is nog niet geopend. Open haar eerst.
weigering-al-geopend = De zaak is al geopend.
weigering-afgelopen = De zaak is afgelopen. Er kan niets meer mee.
weigering-niet-van-kracht = Het convenant is op deze dag niet van kracht. Er kan geen zaak worden geopend.
weigering-onbekende-naam = Het convenant van deze zaak kent dit niet: { $wat }.
weigering-niet-hier = Dit hoort niet bij de stap waarin de zaak nu is.
weigering-niet-in-rol = Uw organisatie vervult op deze dag de rol { $rol } niet.
weigering-mag-niet = Uw rol mag dit niet. Dit mag wel: { $mag }.
weigering-alleen-de-klok = Dit gaat vanzelf, op zijn tijd.
weigering-motivering-nodig = Hier hoort een motivering bij. Schrijf op waarom.
weigering-verkeerde-waarde = De waarde past niet bij { $feit }.
weigering-al-bekend = { $feit } is al bekend met een andere waarde. Verbeter die in plaats van haar op te geven.
weigering-nog-niet-bekend = { $feit } is nog niet bekend. Geef het eerst op.
weigering-niet-compleet = De stap is nog niet compleet. Er ontbreekt: { $ontbreekt }.
weigering-niet-te-beslissen = Dit is nog niet te beslissen. Er ontbreekt: { $ontbreekt }.
weigering-advies-nodig = Er is eerst advies nodig van { $van }.
weigering-voorwaarde-niet-vervuld = De voorwaarde voor deze handeling geldt niet, of is nog niet bekend. Er ontbreekt: { $ontbreekt }.
weigering-al-gestemd = Hierover is al besloten, of dit lid heeft al gestemd.
weigering-aanbod = Er is geen aanbod dat openstaat, of er staat er al een open.
weigering-te-vroeg = Dit kan pas vanaf { $vanaf }.
weigering-opgebruikt = Dit kan niet nog een keer: het aantal keren is op.
weigering-opschorting = De termijn kan nu niet worden opgeschort of hervat.
weigering-afwezig = Wie erbij moest zijn, was er niet: { $afwezig }.
weigering-niet-toe-te-wijzen = De zaak kan niet aan deze partij worden toegewezen: geen lid, geen aandeel, of haar plafond is bereikt.
weigering-grens-bereikt = Hiermee gaat de wijk of de partij over haar grens. Daarvan afwijken kan hier niet zonder motivering.
weigering-andere-regeling = De andere regeling moet eerst afwijzen, of heeft dat te kort geleden gedaan.
weigering-verlopen = Dit is niet meer aan de orde.
weigering-niet-te-tellen = De termijn is niet te tellen: de feestdagen van dat jaar zijn nog niet bekend.
weigering-verkeerde-dag = Deze dag kan niet: hij ligt in het verleden, in de toekomst of buiten de looptijd.
weigering-instemming-nodig = Er is nog instemming nodig van { $van }.
weigering-geen-partij = Deze partij heeft niet ondertekend of kan dat niet.

## Problemen

probleem-geweigerd = De afspraken staan dit niet toe
probleem-geweigerd-uitleg = De afspraken staan dit nu niet toe.
probleem-niet-bevoegd = U mag dit niet
probleem-niet-bevoegd-uitleg = Deze rol mag dit niet doen of niet zien.
probleem-geen-account = Kies eerst een account
probleem-geen-account-uitleg = Kies wie u bent, op de pagina of met de header X-Account. De lijst staat op /v1/accounts.
probleem-onbekend = Niet gevonden
probleem-onbekend-uitleg = Dit bestaat hier niet: { $wat }.
probleem-methode = Dit kan hier niet
probleem-methode-uitleg = Dit adres kent deze methode niet. In /openapi.json staat welke wel.
probleem-verouderd = De zaak is veranderd
probleem-verouderd-uitleg = De zaak is veranderd sinds u haar zag: u verwachtte volgnummer { $verwacht }, het is { $volgnummer }. Haal de zaak opnieuw op en beslis dan.
probleem-sleutel-hergebruikt = Sleutel al gebruikt
probleem-sleutel-hergebruikt-uitleg = Deze Idempotency-Key hoort bij een andere opdracht. Neem een nieuwe sleutel.
probleem-vorm = De inhoud klopt niet van vorm
probleem-vorm-uitleg = De inhoud is geen goede JSON voor dit adres: { $fout }. In /openapi.json staat de vorm.
probleem-parameter = Een parameter klopt niet
probleem-parameter-uitleg = Een parameter of header klopt niet: { $fout }.
probleem-waarde = Een naam of waarde klopt niet
probleem-waarde-uitleg = { $fout }.
probleem-geen-json = Geen JSON
probleem-geen-json-uitleg = Stuur JSON, met de header Content-Type: application/json.
probleem-te-groot = Te groot
probleem-te-groot-uitleg = De inhoud is groter dan dit adres aanneemt.
probleem-andere-site = Van een andere site
probleem-andere-site-uitleg = Dit verzoek kwam van een andere site en is niet uitgevoerd.
probleem-andere-host = Andere host
probleem-andere-host-uitleg = Deze server heet niet zo. Gebruik 127.0.0.1 of localhost.
probleem-echte-klok = De klok staat vast
probleem-echte-klok-uitleg = Alleen de klok van de demo of van een oefening kan vooruit. Deze server gebruikt de echte tijd.
probleem-te-veel = Te veel tegelijk
probleem-te-veel-uitleg = Hiervan staan er al te veel tegelijk open. Sluit er een, of wacht even.
probleem-te-lang = Het duurde te lang
probleem-te-lang-uitleg = Het duurde te lang. Probeer het opnieuw, met dezelfde Idempotency-Key.
probleem-niet-beschikbaar = Even niet beschikbaar
probleem-niet-beschikbaar-uitleg = De server stopt of kan nu niet schrijven. Probeer het zo opnieuw, met dezelfde Idempotency-Key.
probleem-uitkomst-onbekend = Niet zeker of het is gelukt
probleem-uitkomst-onbekend-uitleg = De verbinding met de database viel weg tijdens het schrijven. Stuur dezelfde opdracht nog eens met dezelfde Idempotency-Key: dan gebeurt het niet twee keer. Of kijk eerst of het is gebeurd.
probleem-intern = Er ging iets mis bij ons
probleem-intern-uitleg = Er ging iets mis bij ons. Er is niets veranderd, tenzij de zaak anders laat zien.

fout-onbekende-naam = Het convenant kent dit niet: { $wat } ‘{ $naam }’. Kies uit: { $keuze }
fout-waarde = De waarde van ‘{ $feit }’ past niet. Verwacht: { $verwacht }
fout-ontbreekt = ‘{ $wat }’ ontbreekt

verwacht-ja-nee = ja of nee
verwacht-getal = een getal, zoals 3 of 12,5
verwacht-bedrag = een bedrag, zoals € 1.250,50
verwacht-percentage = een percentage, zoals 12,5%
verwacht-datum = een datum, zoals 15 maart 2017 of 2017-03-15
verwacht-duur = een duur, zoals 6 weken
verwacht-tekst = tekst
verwacht-keuze = een van: { $keuze }
verwacht-partij = de naam van een partij, zoals in het convenant
verwacht-periodes = periodes, zoals [{"{"}"van": "2010-01-01", "tot": "2016-01-01"{"}"}]

## Pagina's

pagina-naam = convenant
pagina-naar-inhoud = Naar de inhoud
pagina-taal = English
pagina-taal-uitleg = Show this page in English
pagina-regios = Regio's
pagina-regios-uitleg = Elke regio heeft haar eigen afspraken. Zaken, termijnen en meldingen volgen daaruit.
pagina-klok = Oefenklok
pagina-klok-uitleg = Deze tijd is om te oefenen, het is niet die van vandaag.
pagina-klok-dag = Een dag verder
pagina-klok-week = Een week verder
pagina-wie = U bent
pagina-wie-niemand = niemand: alleen kijken
pagina-wie-kies = Kies
pagina-van-kracht = Van kracht sinds { $datum }
pagina-van-kracht-tot = Van kracht van { $van } tot { $tot }
pagina-niet-van-kracht = Niet van kracht
pagina-afgelopen = Afgelopen op { $datum }
pagina-versie = Versie { $n }
pagina-aannames = { $n ->
    [one] { $n } clausule is aanname
   *[other] { $n } clausules zijn aanname
  }
pagina-lopend = Lopend
pagina-afgesloten = Afgesloten
pagina-te-laat = Te laat
pagina-zaken = Zaken
pagina-stappen = Zaken per stap
pagina-te-laat-lijst = { $n ->
    [one] Een termijn die voorbij is
   *[other] { $n } termijnen die voorbij zijn
  }
pagina-stap = Stap
pagina-regeling = Regeling
pagina-aantal = Aantal
pagina-wie-doet = Wie
pagina-termijnen = Wat moet binnenkort
pagina-termijnen-geen = Er loopt nu geen termijn.
pagina-uiterlijk = Uiterlijk
pagina-waarom = Waarom
pagina-zaak = Zaak
pagina-voor-wie = Voor wie
pagina-spreiding = Spreiding
pagina-spreiding-van = Van { $van } tot { $tot }
pagina-spreiding-niet-nu = Er is nu geen periode om over te verdelen.
pagina-partij = Partij
pagina-doel = Doel
pagina-meegenomen = Meegenomen
pagina-geplaatst = Geplaatst
pagina-achter = Achter
pagina-aan-de-beurt = Wie is aan de beurt
pagina-aan-de-beurt-uitleg = Voor een cliënt zonder voorkeur is nu aan de beurt: { $partij }.
pagina-aan-de-beurt-niemand = Er is nu geen partij die aan de beurt kan zijn.
pagina-reden = Reden
pagina-geschiedenis = Geschiedenis
pagina-wat = Wat
pagina-nu-kan = Wat kan nu
pagina-nu-kan-geen = De zaak is afgelopen. Er kan niets meer.
pagina-kan-nog-niet = kan nog niet
pagina-gegevens = Gegevens
pagina-gegeven = Gegeven
pagina-waarde = Waarde
pagina-gegevens-verborgen = U ziet alleen wat uw rol mag zien.
pagina-verborgen = niet voor uw rol
pagina-gewist = De persoonsgegevens van deze zaak zijn gewist op { $datum }.
pagina-nog-onbekend = nog niet bekend
pagina-doelgroep = Doelgroep
pagina-doelgroep-nu = Volgens de regels nu: { $uitkomst }.
pagina-clausule = Clausule
pagina-geldt = Geldt
pagina-beslist = beslist
pagina-meldingen = Meldingen
pagina-meldingen-geen = Er zijn geen meldingen.
pagina-opgeschort = De termijn staat stil tot uiterlijk { $datum }.
pagina-einde = Afgelopen
pagina-verder = Volgende
pagina-terug = Terug naar { $naar }
pagina-bron = Bron
pagina-lees-bron = Lees het convenant
pagina-api = API
pagina-geen-zaken = Er zijn nog geen zaken.
pagina-fout-terug = Terug naar het begin
pagina-alle-zaken = Alle zaken
pagina-leven = Het convenant zelf
pagina-verplichting = Verplichting
pagina-geopend = Geopend
pagina-sinds = Sinds
pagina-doe = Doe dit
pagina-doen = Doen
pagina-aanbod-woning = Nummer van de woning, als een corporatie haar heeft gemeld
pagina-motivering = Motivering
pagina-zaak-openen = Zaak openen
pagina-streefdatum = streven
pagina-mensen = Mensen
pagina-mensen-uitleg = Wie doet wat, wie is er niet, en wat vult niemand in.
pagina-mensen-kies = Kies boven aan de pagina wie u bent. Dan ziet u de namen.
pagina-mensen-geen = Er staat nog niemand bij deze regio.
pagina-rol = Rol
pagina-naam-kop = Naam
pagina-afwezig = Afwezig
pagina-afwezig-geen = Niemand is nu of binnenkort weg.
pagina-van-tot = { $van } tot en met { $tot }
pagina-vanaf = vanaf { $van }
pagina-vervanger = Vervanger
pagina-vervanger-geen = geen
pagina-nu-weg = nu weg
pagina-wanneer = Wanneer
pagina-vacatures = Niet ingevuld, nu of binnen 30 dagen
pagina-vacatures-geen = Elke rol is ingevuld, ook de komende 30 dagen.
pagina-vacature-niemand = niemand heeft deze rol
pagina-vacature-afwezig = afwezig zonder vervanger
pagina-gedaan = Dat is gedaan.

kandidaat-voorkeur = genoemd als { $feit }
kandidaat-achterstand = grootste achterstand
kandidaat-volgt = volgt daarna
kandidaat-grens = grens bereikt
kandidaat-grens-afwijken = grens bereikt; afwijken kan met motivering
kandidaat-plafond = plafond bereikt
kandidaat-capaciteit = zit vol: er kunnen er niet meer bij
kandidaat-contra-indicatie = de cliënt kan er niet heen ({ $feit })
kandidaat-geen-aandeel = geen aandeel
kandidaat-geen-lid = nu geen lid

leven-van-kracht = Het convenant is in werking getreden
leven-aan-de-orde = Nu aan de orde: { $wat }
leven-komt-eraan = Komt eraan: { $wat }
leven-nog-niet-gedaan = Nog steeds niet gedaan: { $wat }
leven-opzegdag-nadert = De laatste dag om op te zeggen nadert
leven-niet-gedaan = Niet op tijd gedaan: { $wat }
leven-opgezegd = { $wat } heeft opgezegd
leven-laatste-opzegdag = Dit is de laatste dag om op te zeggen
leven-verlengd = Het convenant is verlengd
leven-eerder-einde = Het convenant eindigt eerder
leven-afgelopen = Het convenant is afgelopen
leven-evaluatie = evaluatie van het convenant
leven-gebeurtenis-vastgelegd = Wat het convenant zelf over de ondertekening zegt, is vastgelegd.
leven-gebeurtenis-ondertekend = { $partij } heeft ondertekend op { $datum }.
leven-gebeurtenis-goedgekeurd = De ondertekening van { $partij } is goedgekeurd op { $datum }.
leven-gebeurtenis-in-werking = Het convenant is in werking getreden op { $datum }.
leven-gebeurtenis-gepland = Gepland voor { $datum }: { $wat }.
leven-gebeurtenis-aan-de-orde = Nu aan de orde: { $wat }.
leven-gebeurtenis-te-laat = Niet op tijd gedaan: { $wat }.
leven-gebeurtenis-gedaan = Gedaan: { $wat }.
leven-gebeurtenis-klaar = Hoeft niet meer binnen de looptijd: { $wat }.
leven-gebeurtenis-herinnerd = Herinnerd aan: { $wat }.
leven-gebeurtenis-opgeschaald = Nog steeds niet gedaan en verder gemeld: { $wat }.
leven-gebeurtenis-opzegging-herinnerd = Herinnerd aan de laatste dag om op te zeggen.
leven-gebeurtenis-opgezegd = { $partij } heeft opgezegd en doet vanaf { $datum } niet meer mee.
leven-gebeurtenis-opzegging-gesloten = Opzeggen voor het einde van de looptijd kan niet meer.
leven-gebeurtenis-ingestemd = { $partij } heeft ingestemd.
leven-gebeurtenis-verlengd = Het convenant is verlengd tot { $datum }.
leven-gebeurtenis-eerder-einde = Het convenant eindigt eerder: op { $datum }.
leven-gebeurtenis-afgelopen = Het convenant is afgelopen.

agenda-naam = Termijnen { $regio }
agenda-titel = { $zaak }: { $wat }
agenda-uiterlijk = Dit moet op zijn laatst { $datum } klaar zijn.
agenda-streven = Streefdatum: { $datum }.
agenda-staat-stil = De klok staat nu stil: de datum schuift nog op.
agenda-te-laat = Deze dag is voorbij en het is nog niet gedaan.
agenda-gedaan = Dit is gedaan.
agenda-vervallen = Dit hoeft niet meer.
agenda-bron = Bron: { $bron }.
agenda-soort-zaak = Termijn van een zaak
agenda-soort-convenant = Termijn van het convenant
agenda-einde = Laatste dag van het convenant
agenda-opzegging = Laatste dag om het convenant op te zeggen
weigering-te-veel-agendas = U hebt al { $aantal } agenda-adressen. Trek er eerst een in.

# Webhooks: adressen, uitkomsten.
webhook-proef = Proef: zo komt een bericht bij u aan
webhook-adres = het adres mag niet worden gebruikt; het moet openbaar zijn
webhook-naam = de naam van de ontvanger is niet gevonden
webhook-verbinding = er was geen beveiligde verbinding met de ontvanger mogelijk
webhook-certificaat-naam = de naam op het certificaat van de ontvanger is een andere dan die in het adres
webhook-certificaat-datum = het certificaat van de ontvanger is verlopen, of geldt nog niet
webhook-certificaat = het certificaat van de ontvanger is niet te vertrouwen: wij kennen niet wie het heeft ondertekend
webhook-stil = de ontvanger gaf niet op tijd antwoord; het bericht kan zijn aangekomen
webhook-verbroken = de verbinding werd verbroken voor er een antwoord was; het bericht kan zijn aangekomen
webhook-omleiding = de ontvanger verwijst door ({ $status }); een verwijzing volgen wij niet, geef zelf het nieuwe adres
webhook-weg = de ontvanger zegt dat dit adres voorgoed weg is (410)
webhook-antwoord = de ontvanger antwoordde met { $status } in plaats van 2xx
webhook-bericht = het bericht kon niet worden gemaakt; dat ligt aan ons
webhook-certificaten = deze server kan geen beveiligde verbindingen maken; dat ligt aan ons
webhook-uit = de webhook staat uit of is weggehaald
webhook-niet-bevestigd = de ontvanger heeft niet bevestigd dat hij berichten wil (OPTIONS); laat hem dat doen, of zet `afgesproken` aan
webhook-andere-afzender = de ontvanger wil alleen berichten van een andere afzender
webhook-partij = uitgezet door de partij zelf
mail-geen-adres = de ontvanger heeft geen mailadres meer; vul het in bij de mensen van de regio
bezorgen-stil = er kwam binnen { $status } seconden geen antwoord; het bericht kan zijn aangekomen
bezorgen-geen-kanaal = deze server verstuurt niets langs deze weg
bezorgen-onleesbaar = het bericht kon niet worden gemaakt; dat ligt aan ons
bezorgen-onbekend = hoe het afliep is niet bewaard; het bericht kan zijn aangekomen
smtp-geen-server = er is geen mailserver voor dit adres; kijk in channels.yaml
smtp-geen-starttls = de mailserver biedt geen beveiliging (STARTTLS), en onbeveiligd versturen wij niet
smtp-stil = de mailserver gaf niet op tijd antwoord (bij { $status })
smtp-antwoord = de mailserver nam het bericht niet aan (zijn antwoord op { $status })
smtp-onveilig = het certificaat of de beveiliging van de mailserver is niet te vertrouwen (bij { $status })
smtp-niet-bereikbaar = op het adres van de mailserver luistert niets (bij { $status })
smtp-verbinding = de verbinding met de mailserver viel weg (bij { $status })
smtp-geen-smtp = de mailserver verbrak de verbinding, of sprak geen SMTP (bij { $status })
smtp-kan-niet = de mailserver kan niet wat nodig is (bij { $status })
fout-webhook-geen-adres = `adres` is geen goed webadres; schrijf het als https://naam/pad, zonder spaties
fout-webhook-te-lang = `adres` is langer dan 2048 tekens
fout-webhook-geen-https = `adres` moet beginnen met https://
fout-webhook-extra = in `adres` mag geen gebruikersnaam, wachtwoord of # staan
fout-webhook-naam = de naam in `adres` hoort bij een eigen netwerk; geef een openbare naam, zonder punt aan het eind
fout-webhook-niet-openbaar = `adres` is niet openbaar: het hoort bij een eigen netwerk of een eigen machine
fout-webhook-onbekende-naam = de naam in `adres` is niet gevonden; controleer de spelling
fout-webhook-lange-naam = `naam` mag hoogstens 100 tekens hebben, op één regel
fout-webhook-te-veel = Een partij heeft hoogstens { $aantal } webhooks. Haal er eerst een weg.

## Berichten

bericht-te-laat = Dit bericht komt te laat. Het had er moeten zijn op { $datum } om { $tijd } uur.
inzicht-waarom-rol = U krijgt dit als { $rol } namens { $partij }.
inzicht-waarom-vervanging = U krijgt dit omdat u tot en met { $tot } de { $rol } van { $partij } vervangt.
inzicht-waarom-partij = U krijgt dit als { $rol } namens { $partij }: wie het anders krijgt, is er nu niet.
inzicht-waarom-vangnet = U krijgt dit als { $rol } namens { $partij }, omdat niemand anders het nu kan krijgen.
inzicht-rol-van = { $rol } ({ $partij })
inzicht-ook = Dit kregen ook: { $wie }.
inzicht-niemand-anders = Niemand anders kreeg dit.
inzicht-volgt-herinnering = Is het nog niet klaar? Dan komt er op { $datum } een herinnering aan { $wie }.
inzicht-volgt-opschaling = Is het dan nog niet klaar? Dan gaat er op { $datum } bericht naar { $wie }.
inzicht-volgt-termijn = De termijn loopt tot en met { $datum }.
inzicht-volgt-overzicht = Het volgende overzicht komt op { $datum }.
inzicht-volgt-niets = Hierna komt er niet vanzelf nog een bericht.
verzameld-onderwerp = { $aantal } berichten van { $convenant }
verzameld-aanhef = Er zijn { $aantal } berichten voor u. Het oudste staat bovenaan.
verzameld-te-laat = te laat, sinds { $sinds }
verzameld-meer = en nog { $aantal }
verzameld-bekijk = Bekijk ze op: { $adres }
verzameld-waarom = U krijgt deze berichten samen, omdat u dat zo wilt of omdat het er veel zijn.
onbestelbaar-onderwerp = Een bericht aan { $partij } is niet bezorgd
onbestelbaar-bericht =
    Een bericht aan { $partij } kon niet worden bezorgd. Het ging per { $kanaal }.
    Wat er misging: { $reden }

    Probeer het opnieuw of laat het rusten: { $adres }

pagina-alle-meldingen = Alle meldingen
pagina-ongelezen = { $n ->
    [0] alles gelezen
    [one] { $n } ongelezen
   *[other] { $n } ongelezen
  }
pagina-nieuw = nieuw
pagina-te-laat-sinds = te laat, sinds { $wanneer }
pagina-gelezen = Gelezen
pagina-alles-gelezen = Alles is gelezen
pagina-gelezen-van = Gelezen: { $onderwerp }
pagina-waarom-u = Waarom u dit krijgt
pagina-wie-nog = Wie dit ook kreeg
pagina-wat-volgt = Wat hierna komt
pagina-bezorging = Bezorging
pagina-pogingen = { $n ->
    [one] { $n } poging
   *[other] { $n } pogingen
  }
pagina-agenda = Termijnen in uw agenda
pagina-agenda-uitleg = Met een geheim adres leest uw agenda uw termijnen. Wie het adres kent, leest ze ook: deel het met niemand.
pagina-agenda-maken = Nieuw adres
pagina-agenda-eenmalig = Dit is uw nieuwe adres. U ziet het alleen nu. Zet het in uw agenda als abonnement op internet.
pagina-agenda-kenmerk = Kenmerk
pagina-agenda-gemaakt = Gemaakt
pagina-agenda-intrekken = Intrekken
pagina-agenda-intrekken-van = Intrekken: { $kenmerk }
pagina-agenda-ingetrokken = Ingetrokken: { $wanneer }
pagina-onbestelbaar = Niet bezorgd
pagina-onbestelbaar-uitleg = Deze berichten kwamen niet aan. In de inbox van de ontvanger staan ze wel.
pagina-onbestelbaar-geen = Alles is bezorgd of onderweg.
pagina-opnieuw = Probeer opnieuw
pagina-laten-rusten = Laat rusten
bezorging-wacht = nog niet bezorgd
bezorging-bezorgd = bezorgd
bezorging-onbestelbaar = niet bezorgd
bezorging-rust = niet bezorgd, en zo gelaten
bezorging-misschien = misschien toch aangekomen

## Mensen

mens-id = Dit kan geen id zijn. Gebruik kleine letters, cijfers, punten en streepjes, hoogstens 64.
mens-naam = De naam moet één regel zijn van 1 tot 200 tekens, zonder stuurtekens.
mens-mail = Dit is geen mailadres. Verwacht wordt iets als naam@organisatie.nl.
mens-onbekend = Er is geen { $wat } { $naam }. Bedoelt u { $lijkt }?
mens-onbekend-kies = Er is geen { $wat } { $naam }. Kies uit: { $bekend }.
mens-geen-rol = Iemand heeft minstens één rol nodig. Noem onder rollen een rol met de partij.
mens-te-veel = Iemand heeft hoogstens 200 rollen en 200 afwezigheden. Haal weg wat voorbij is.
mens-overzicht = Dit is geen schema. Schrijf bijvoorbeeld: elke werkdag om 08:00, elke maandag om 08:00, elke maand op dag 1 om 08:00, of zes velden van cron met dagen bij naam.
mens-stil = Stille uren hebben twee verschillende tijden nodig, zoals van 18:00 tot 08:00.
mens-geen-adres = Mail is gekozen, maar er is geen mailadres. Vul het adres in of laat mail weg.
mens-achterstevoren = De afwezigheid vanaf { $datum } eindigt voordat zij begint. Kies een laatste dag op of na de eerste.
mens-overlap = Twee afwezigheden vallen samen op { $datum }. Maak er één van, of laat de eerste eerder eindigen.
mens-geen-vervanger = De vervanger { $id } staat niet bij de mensen van deze regio. Kies het id van iemand die er wel staat.
mens-kring = Op { $datum } is vervanger { $id } zelf ook weg, en wijst de vervanging terug naar deze persoon. Kies iemand die er wel is.
mens-alleen-eigen = U mag alleen uw eigen taal, kanalen, overzicht, stille uren en afwezigheid veranderen. Vraag de coördinator om de rest.
mens-van-account = Deze persoon hoort bij een account. Haal eerst het account weg.
mens-vervangt = Deze persoon vervangt nog { $wie }. Kies daar eerst een andere vervanger.

## Mail

brief-dringend = Dringend

mensen-plaats = { $bestand }: persoon { $n } (id { $id }). { $fout }
mensen-dubbel = { $bestand }: persoon { $n }. Het id { $id } staat al in het bestand. Zet alle rollen van één mens onder één id.

bestand-niet-gelezen = { $plaats }: { $waarom ->
    [weg] dit bestand is er niet.
    [dicht] dit bestand mag niet worden gelezen.
   *[anders] dit bestand kan niet worden gelezen.
  }
bestand-te-groot = { $plaats }: dit bestand is groter dan { $meest } KB.
bestand-verwijzing = { $plaats }: ankers en verwijzingen (`&`, `*`) mogen hier niet. Schrijf de waarde uit.
bestand-ontbreekt = { $plaats }: `{ $naam }` ontbreekt.
bestand-onbekend = { $plaats }: `{ $naam }` hoort hier niet. Kies uit: { $keuze }.
bestand-dubbel = { $plaats }: `{ $naam }` staat er twee keer.
bestand-soort = { $plaats }: { $naam ->
    [tekst] hier hoort tekst.
    [lijst] hier hoort een lijst.
    [namen] hier horen namen met een waarde, elk op een regel.
    [waar] hier hoort true of false.
   *[getal] hier hoort een getal.
  }
bestand-geen-yaml = { $plaats }: dit is geen goede YAML. Kijk naar het inspringen, de dubbele punten en de aanhalingstekens.

accounts-onbekend = { $bestand }: account `{ $account }`: de { $wat } `{ $naam }` bestaat niet. Kies uit: { $keuze }.
accounts-naam = { $bestand }: account `{ $account }`: `naam` hoort op één regel te staan, en mag niet leeg zijn.
accounts-dubbel = { $bestand }: account `{ $account }` staat er twee keer. Een id mag maar één keer voorkomen.
accounts-id = { $bestand }: `{ $account }` kan geen id zijn. Gebruik kleine letters, cijfers, `.` en `-`, samen hoogstens 64.
kanalen-adres = { $bestand }: `{ $veld }` is geen mailadres. Schrijf het als naam@voorbeeld.nl.
kanalen-rest = { $bestand }: { $aantal } servers hebben geen `domeinen`. Dat hoort er één te zijn: die krijgt de mail voor alle andere domeinen.
kanalen-server = { $bestand }: server `{ $server }`: { $fout }
kanalen-server-naam = de naam heeft alleen kleine letters, cijfers en `-`, samen hoogstens 32.
kanalen-server-open = `tls: geen` mag alleen voor een server op deze computer. Kies `starttls` of `tls`.
kanalen-server-wachtwoord = de omgevingsvariabele `{ $naam }` is leeg. Zet het wachtwoord erin.
kanalen-server-inlog = `gebruiker` en `wachtwoord-uit` horen bij elkaar. `wachtwoord-uit` noemt de omgevingsvariabele met het wachtwoord.
kanalen-server-certificaten = het bestand van `certificaten`, { $bestand }, kan niet worden gelezen. Kijk of het er is en of u het mag lezen.
kanalen-server-wachttijd = `wachttijd` is een aantal seconden van 1 tot en met 600.
kanalen-server-dubbel = deze naam staat er twee keer. Geef elke server een eigen naam.
kanalen-server-domein = het domein `{ $domein }` staat ook bij server `{ $ander }`. Laat er één staan.

# Spreiding en grootboek
pagina-grootboek-uitleg = Wat iedere partij in een periode moet plaatsen en heeft geplaatst. Achter elk getal staan de zaken waar het uit komt.
pagina-periode-dag = Een dag in de periode
pagina-periode-kies = Toon deze periode
pagina-periode-vorige = Periode ervoor
pagina-periode-volgende = Periode erna
pagina-stand = Stand per partij
pagina-deel-exact = Precies deel
pagina-afwijkingen = Afgeweken
pagina-afwijking = Afwijking
pagina-vrijgegeven = Vrijgegeven
pagina-vrijgegeven-vanaf = Wat een partij vanaf { $datum } over heeft, mogen anderen gebruiken.
pagina-csv-stand = Stand als CSV
pagina-csv-boekingen = Plaatsingen als CSV
pagina-clausules = Waar dit in het convenant staat
pagina-clausule-over = Waarover wordt verdeeld
pagina-clausule-doel = Hoeveel er samen moeten komen
pagina-clausule-sleutel = Hoe het wordt verdeeld
pagina-clausule-afronden = Hoe wordt afgerond
pagina-clausule-voorkeur = Wie voorgaat
pagina-clausule-tekort = Wat er met een tekort gebeurt
pagina-clausule-overschot = Wat er met een overschot gebeurt
pagina-clausule-vrijgeven = Wanneer ruimte vrijkomt voor anderen
pagina-boekingen = Plaatsingen
pagina-boekingen-alle = Toon alle partijen
pagina-boekingen-meer = Er zijn er meer. Kies een partij, of haal de CSV op.
pagina-boekingen-geen = Er zijn in deze periode geen plaatsingen.
pagina-gebeurtenis-nummer = gebeurtenis { $n }
pagina-toen = toen { $partij }
pagina-nu-aan-de-beurt = aan de beurt
pagina-wijk = Wijk

# Koppeling
koppeling-niveau-aantal = er krijgen dan minder cliënten een woning
koppeling-niveau-voorkeur = een voorkeur komt dan minder goed uit: “{ $voorkeur }”
koppeling-niveau-termijn = er blijft dan iemand wachten die eerder aan de beurt is
koppeling-niveau-evenwicht = de spreiding over de partijen wordt dan minder gelijk
koppeling-niveau-volgorde = het maakt voor de regels niets uit
koppeling-geen-met-de-hand = Voor deze cliënt is met de hand gekozen.
koppeling-geen-woningen = Er zijn geen vrije woningen.
koppeling-niets-past = Geen enkele woning past. Bij elke woning gaat het mis op minstens een van deze punten:
koppeling-anderen-eerst = Er zijn woningen die passen, maar anderen gaan voor of een grens is bereikt.
koppeling-regel-toewijzing = De woning hoort bij { $partij }, waaraan de cliënt is toegewezen
koppeling-regel-contra-indicatie = De cliënt kan naar de partij van de woning
koppeling-regel-lid = De partij van de woning doet mee en heeft een aandeel
koppeling-regel-partij = Het is bekend van welke partij de woning is
koppeling-regel-geweigerd = De cliënt heeft de woning niet eerder geweigerd
koppeling-voorkeur = { $feiten }
koppeling-waarom-gekozen = Dit is de gekozen woning.
koppeling-waarom-met-de-hand = Er is met de hand anders gekozen.
koppeling-waarom-niet-bekeken = Deze woning is niet bekeken.
koppeling-waarom-past-niet = De woning past niet.
koppeling-waarom-vol = In deze woning is geen plaats.
koppeling-waarom-voorkeur = De eigen woning gaat voor: { $voorkeur }.
koppeling-waarom-vergeven = Deze woning gaat naar iemand anders. Ruilen maakt het geheel niet beter.
koppeling-waarom-grens = Hier mogen er niet meer bij.
koppeling-waarom-evenwicht = De woning past even goed, maar een andere partij is eerst aan de beurt.
koppeling-waarom-volgorde = De woning past even goed. De andere staat eerder in de lijst.
pagina-koppeling = Koppelen van cliënten en woningen
pagina-koppeling-uitleg = Het programma zoekt voor iedereen die wacht samen de beste verdeling van de vrije woningen. U beslist.
pagina-koppeling-ander-biedt = Bent u akkoord met een woning, dan biedt de rol die dat volgens het convenant doet haar aan.
pagina-koppeling-niet = Alleen wie woningen en cliënten koppelt, ziet deze pagina. In dit convenant is dat: { $rol }. Kies bovenaan die rol.
pagina-koppeling-maak = Maak een voorstel
pagina-koppeling-maak-nieuw = Maak een nieuw voorstel
pagina-koppeling-geen = Er is nog geen voorstel gemaakt.
pagina-koppeling-eerder = Alle voorstellen
pagina-koppeling-nummer = Voorstel { $n }
pagina-koppeling-wachten = wachten op een woning: { $n }
pagina-koppeling-verouderd = Sinds dit voorstel is er iets veranderd. De redenen staan er daarom niet meer bij. Maak een nieuw voorstel.
pagina-koppeling-zonder = zonder woning: { $n }
pagina-koppeling-leeg = Er wacht niemand op een woning.
pagina-koppeling-woning = Woning { $n }
pagina-koppeling-geen-woning = Geen woning
pagina-koppeling-wacht = { $n ->
    [one] wacht { $n } dag
   *[other] wacht { $n } dagen
}
pagina-koppeling-termijn = { $n ->
    [one] termijn: nog { $n } dag
   *[other] termijn: nog { $n } dagen
}
pagina-koppeling-over-tijd = { $n ->
    [one] termijn: { $n } dag over tijd
   *[other] termijn: { $n } dagen over tijd
}
pagina-koppeling-waarom = Waarom deze woning
pagina-koppeling-andere = Waarom niet een andere woning
pagina-koppeling-meer = En { $n } woningen die hier niet staan.
pagina-koppeling-ontbreekt = niet bekend: { $feiten }
pagina-koppeling-aanvaard = Bied deze woning aan
pagina-koppeling-akkoord = Akkoord met deze woning
pagina-koppeling-akkoord-stand = akkoord
pagina-koppeling-wijzig = Kies een andere woning
pagina-koppeling-wijzig-kijk = Kijk wat dat verandert
pagina-koppeling-wijzig-doe = Kies woning { $n }
pagina-koppeling-wijzig-niet = Toch niet
pagina-koppeling-gevolg = Als { $zaak } woning { $n } krijgt:
pagina-koppeling-gevolg-anderen = De andere zaken in deze lijst veranderen niet vanzelf. Kies daar zelf een andere woning, of maak daarna een nieuw voorstel.
pagina-koppeling-niet-vrij = Deze woning is niet meer vrij. Kies een andere woning, of maak een nieuw voorstel.
pagina-koppeling-wijs-af = Wijs af
pagina-koppeling-andere-woning = Welke woning? Hier staan de woningen die passen.
pagina-koppeling-motivering = Waarom? Zet hier niets over de cliënt in.
pagina-koppeling-voorgesteld = voorgesteld
pagina-koppeling-gewijzigd = gewijzigd
pagina-koppeling-aanvaard-stand = aangeboden
pagina-koppeling-afgewezen = afgewezen
koppeling-niet-te-tellen = Dit kan niet precies worden uitgerekend. Er zijn te veel cliënten, woningen of regels tegelijk.
koppeling-verouderd = Sinds dit voorstel is er iets veranderd. Maak een nieuw voorstel.
koppeling-grens-in-de-weg = Met deze keuze komen er ergens te veel cliënten bij. Kies een andere woning.
koppeling-past-niet = Deze woning past niet bij de cliënt. Kijk bij de regels waarom, en kies een andere.
koppeling-al-gedaan = Deze regel is al afgehandeld. Haal het voorstel opnieuw op.
koppeling-woning-toegezegd = Deze woning is al toegezegd aan zaak { $zaak }, en wordt daar nog aangeboden. Kies een andere woning.
koppeling-woning-weg = Deze woning is niet meer vrij. Er is niets veranderd. Maak een nieuw voorstel.

## Woningen

weigering-woning-vrij = Deze woning is nog vrij: bied haar eerst aan een zaak aan.
weigering-woning-aangeboden = Deze woning is aan een zaak aangeboden. Wacht op het antwoord in die zaak, of neem een andere woning.
weigering-woning-aanvaard = Deze woning is al aanvaard in een zaak. Neem een andere woning.
weigering-woning-verhuurd = Deze woning is al verhuurd. Neem een andere woning.
weigering-woning-ingetrokken = Deze woning is ingetrokken. Neem een andere woning.
weigering-woning-past-niet = Deze woning past niet: { $regels }. Kies een andere woning, of geef een motivering: dan wordt het een afwijking.
weigering-woning-contra-indicatie = Deze woning kan niet: de cliënt kan niet heen naar de partij van de woning. Dat geldt ook met een motivering. Kies een woning elders.
fout-woning-veranderd = De woning is veranderd sinds u haar zag. Haal de woning opnieuw op en beslis dan.
fout-woning-van-ander = Dit mag alleen de partij van wie de woning is, of wie woningen koppelt.
fout-woning-past-inzage = Of een woning past, zegt iets over de cliënt. Alleen wie hier woningen aanbiedt of koppelt, ziet dat, en wie elk gegeven mag zien waar de regels naar kijken.
fout-woning-melden = Uw rol meldt geen woningen. Het convenant zegt bij ‘gemeld door’ wie dat doet.
verwacht-eigen-partij = de naam van uw eigen partij
fout-csv = Er is niets ingelezen. Regel { $regel }, kolom ‘{ $kolom }’: { $fout }
fout-csv-bestand = Er is niets ingelezen: { $fout }
fout-csv-regel = Er is niets ingelezen. Regel { $regel }: { $fout }
fout-csv-codering = het bestand is geen UTF-8; bewaar het als ‘CSV UTF-8’
fout-csv-leeg = er staat geen woning in
fout-csv-te-veel = er staan meer dan { $aantal } woningen in; verdeel het bestand
fout-csv-cellen = deze regel heeft een ander aantal cellen dan de kop, of een aanhalingsteken dat niet sluit
fout-csv-kolom = deze kolom kent het convenant niet; kies uit: { $keuze }
fout-csv-dubbel = deze kolom staat er twee keer
fout-csv-formule = dit lijkt een formule; een cel mag niet beginnen met =, +, @ of een los minteken
fout-csv-regels = in deze cel staat meer dan één regel, of een teken dat niemand ziet; kijk of elk aanhalingsteken sluit
fout-csv-kenmerk = een kenmerk heeft 1 tot 100 tekens, op één regel
fout-csv-kenmerk-dubbel = dit kenmerk staat ook op regel { $regel }
fout-csv-vast = de woning met dit kenmerk is verhuurd of ingetrokken en heeft hier andere gegevens
fout-csv-soort = Stuur CSV, met de header Content-Type: text/csv.
fout-csv-groot = Het bestand is groter dan 2 MiB. Verdeel het.
woning-gemeld = Gemeld
woning-verbeterd = Gegevens verbeterd
woning-ingetrokken = Ingetrokken
woning-aangeboden = Aangeboden aan een zaak
woning-afwijkend-aangeboden = Aangeboden aan een zaak, in afwijking van een regel
woning-geweigerd = Geweigerd: weer vrij
woning-aanvaard = Aanvaard
woning-verhuurd = Verhuurd
woning-vrijgegeven = Weer vrij
woning-vrij-na-einde = De zaak is geëindigd: weer vrij
woning-vrij-na-zoeken = Voor deze cliënt wordt opnieuw gezocht: weer vrij
woning-vrij-na-andere-weg = Niet meer aangeboden: weer vrij
woning-staat-vrij = vrij
woning-staat-aangeboden = aangeboden
woning-staat-aanvaard = aanvaard
woning-staat-verhuurd = verhuurd
woning-staat-ingetrokken = ingetrokken
woning-staat-alle = alle
woning-doe-bied-aan = Aanbieden
woning-doe-trek-in = Intrekken
woning-doe-verhuurd = Verhuurd
woning-doe-geef-vrij = Weer vrijgeven
pagina-woningen = Woningen
pagina-woningen-uitleg = Woningen die corporaties hebben gemeld, en bij welke zaak ze horen.
pagina-woningen-kies = Kies boven aan de pagina wie u bent. Dan ziet u de woningen.
pagina-woningen-geen = Zulke woningen zijn er niet.
pagina-woningen-verder = Meer woningen
pagina-terug-woningen = Terug naar de woningen
pagina-woning = Woning
pagina-woning-corporatie = Van
pagina-woning-staat = Stand
pagina-woning-gemeente = Gemeente
pagina-woning-gemeente-alle = alle
pagina-woning-eigen = alleen die van ons
pagina-woning-toon = Toon
pagina-woning-gegevens = Gegevens
pagina-woning-zaak = Zaaknummer
pagina-woning-waarom = Waarom? Zet hier niets over een cliënt in.
pagina-woning-waarom-mag = Waarom? Alleen nodig als de woning niet past.
pagina-woning-kan-geen = U kunt nu niets met deze woning doen.
pagina-woning-melden = Woning melden
pagina-woning-kenmerk = Uw kenmerk (geen adres)
pagina-woning-csv = Veel woningen tegelijk melden
pagina-woning-csv-uitleg = Sla uw lijst op als CSV, in UTF-8. De eerste regel is de kop. Hoogstens 10.000 woningen en 2 MB. Is er een regel fout, dan wordt er niets gemeld.
pagina-woning-csv-bestand = Bestand
pagina-woning-csv-plak = Of plak de inhoud
pagina-woning-csv-inhoud = Inhoud van het bestand
pagina-woning-csv-regel = regel { $n }
pagina-woning-csv-kolom = kolom { $kolom }
pagina-woning-csv-lees = Inlezen
pagina-woning-ingelezen = Ingelezen. Nieuw: { $nieuw }. Verbeterd: { $verbeterd }. Al bekend: { $bekend }.
