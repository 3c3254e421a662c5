import { udf } from 'tidemill';
export const risk = udf('risk.wasm', 'risk', ['DOUBLE NOT NULL', 'STRING'], 'DOUBLE NOT NULL');
