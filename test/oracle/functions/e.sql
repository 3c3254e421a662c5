E()
E() * 2
E() > 2
CAST(E() AS DECIMAL(10, 8))
CAST(E() AS FLOAT)
CAST(E() AS STRING)
CAST(E() AS INT)
ROUND(E(), 2)
LN(E())
LN(E() * E())
EXP(1) = E()
POWER(E(), 2)
E() + CAST(NULL AS DOUBLE)
TYPEOF(E())
E() IS NULL
E() + 1
E() - PI()
LOG(E(), 10)
ABS(-E())
CEIL(E())
FLOOR(E())
! E(NULL)
! E(1)
