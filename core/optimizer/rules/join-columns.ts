import { type Expression, substituteColumns } from '../../plan/expressions.ts';

/** An expression whose columns have moved. */
export const shiftedAround = (expression: Expression, place: (index: number) => number): Expression =>
  substituteColumns(expression, reference => {
    const index = place(reference.index);
    return index === reference.index ? reference : { ...reference, index };
  });
