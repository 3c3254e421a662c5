import { udf } from 'tidemill';
export const late = udf('late.wasm', 'late', ['DOUBLE NOT NULL'], 'DOUBLE NOT NULL');
