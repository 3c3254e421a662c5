export { arena_allocate } from "./memory";
export { hash_bytes, hash_key_rows } from "./hash";
