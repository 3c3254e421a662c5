export { arena_allocate } from "./memory";
