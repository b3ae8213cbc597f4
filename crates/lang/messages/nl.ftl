# Meldingen over een convenantbestand. Per code: wat er mis is, `.hint` wat u kunt doen, `.hint-near` als er een woord is dat erop lijkt.

list-or = of
list-and = en

## Plaatsen
rel-first = hier staat de eerste

## C01xx: tekst en grenzen
C0101 = het bestand is groter dan 1 MiB
    .hint = splits de afspraak of haal bijlagen eruit
