# Messages about a convenant file. Per code: what is wrong, `.hint` what to do, `.hint-near` when a word is close to it.

list-or = or
list-and = and

## Places
rel-first = the first one is here

## C01xx: text and limits
C0101 = the file is larger than 1 MiB
    .hint = split the agreement or take annexes out of it
