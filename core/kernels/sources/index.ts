export { arena_allocate } from "./memory";
export { hash_bytes, hash_key_rows } from "./hash";
export { nexmark_events, nexmark_tables } from "./nexmark";
export {
  bytes_equal,
  group_adopt,
  group_find,
  group_find_or_insert,
  group_rehash,
  group_remove,
  group_scan_rows,
  group_scan_slots,
  group_split,
  group_stamp,
  rows_touch,
  group_touch,
  group_untouch,
  heap_store_view,
  store_append,
  store_heap_bytes,
  store_heap_move,
  store_release,
  view_compare,
  view_heap_bytes,
} from "./group-table";
export {
  combine_hashes,
  hash_ordinals,
  partition_by_ordinal,
  place_late,
  skip_nulls,
  slice_ordinals,
  time_bounds,
} from "./partition";
export {
  flagged_rows,
  rows_addresses,
  rows_copy,
  rows_read_128,
  rows_read_16,
  rows_read_32,
  rows_read_64,
  rows_read_8,
  rows_read_f32,
  rows_read_validity,
  rows_set_flags,
  rows_spread,
  rows_with_count,
  rows_write,
} from "./rows";
export {
  change_rows,
  fill_64,
  gather_128,
  gather_16,
  gather_32,
  gather_64,
  gather_8,
  gather_bits,
  keep_changed,
  pairs_differ,
} from "./gather";
export {
  fill_32,
  join_entries,
  join_flag,
  join_flagged,
  join_found,
  join_index,
  join_mark,
  join_mark_rows,
  join_matched,
  join_pairs,
  join_rows,
} from "./join";
export { arrow_bits, arrow_decimals, arrow_narrow, arrow_offsets, arrow_text, arrow_views } from "./arrow-text";
export { text_begin, view_equal_bytes } from "./text";
export { list_elements, list_offsets } from "./lists";
export {
  append_bits,
  append_offsets,
  append_views,
  copy_bytes,
  list_elements,
  long_view_bytes,
  rebase_views,
  route_rows,
} from "./exchange";
export {
  datagen_floats,
  datagen_integers,
  datagen_nulls,
  datagen_sequence,
  datagen_sequence_text,
  datagen_text,
} from "./datagen";
export { ttl_expired, ttl_forget_lists, ttl_keep_expired, ttl_renew, ttl_without_rows } from "./ttl";
export {
  cold_adopt,
  cold_block_bytes,
  cold_collect,
  cold_find,
  cold_mark,
  cold_open,
  cold_pack,
  cold_payload_bytes,
  cold_rows,
  cold_sort,
  cold_unzip,
  cold_zip,
  filter_add,
  filter_missing,
} from "./cold";
export { parts_measure, parts_open, parts_scatter } from "./parts";
export { count_nulls, running_watermarks } from "./watermark";
export {
  image_claim,
  image_clear,
  image_collect,
  image_collect_log,
  image_fill,
  image_hashes,
  image_heap_bytes,
  image_most,
  image_move,
  image_move_view,
  image_own,
  image_place,
  image_relocate,
  image_view_bytes,
  image_write,
} from "./images";
export { decimal_average, set_dead, set_link } from "./sets";
export { decode_patches } from "./decode-cells";
export { decode_bad } from "./decode-fields";
export { avro_decode } from "./avro-decode";
export { avro_encode } from "./avro-encode";
export { snappy_decompress } from "./snappy";
export { kafka_read, lz4_decompress, records_lay } from "./kafka-decode";
export { crc32c } from "./crc32c";
export { kafka_append, kafka_group, kafka_partitions, kafka_places, kafka_times, kafka_upserts } from "./kafka-encode";
export { lz4_compress, snappy_compress } from "./pack";
export { normalize_rows, reversed_rows } from "./normalize";
export { utf8_first_bad_view, utf8_validate } from "./decode-utf8";
export { decode_powers } from "./decode-values";
export { json_decode, json_decode_places } from "./json";
export { csv_decode } from "./csv";
export {
  decimal_add,
  decimal_compare,
  decimal_divide,
  decimal_from_f64,
  decimal_multiply,
  decimal_remainder,
  decimal_rescale,
  decimal_round,
  decimal_subtract,
  decimal_whole,
  f64_remainder,
} from "./decimal";
export {
  bag_add,
  compare_rows,
  merge_sorted,
  mark_rows,
  marked_add,
  marked_keep,
  retractions_first,
  sort_entries,
  sort_merge,
  sort_rows,
  sort_within,
  top_changes,
  top_copies,
  top_needed,
  top_places,
  zero_rows,
} from "./sort";
export { format_rows } from "./format-output";
export {
  str_concat,
  str_contains,
  str_ends_with,
  str_first_byte,
  str_fit,
  str_length,
  str_like,
  str_locate,
  str_lower,
  str_pad,
  str_repeat,
  str_replace,
  str_reverse,
  str_right,
  str_split_index,
  str_starts_with,
  str_substring,
  str_trim,
  str_upper,
} from "./strings";
export {
  date_add_months,
  date_format,
  date_part,
  date_round,
  date_to_text,
  months_between,
  time_to_text,
  timestamp_to_text,
  zone_offset,
  zone_offset_local,
} from "./temporal";
export {
  decimal_to_f64,
  decimal_to_text,
  f64_round,
  f64_to_text,
  i64_to_text,
  text_to_boolean,
  text_to_date,
  text_to_decimal,
  text_to_f64,
  text_to_i64,
  text_to_time,
  text_to_timestamp,
} from "./casts";
export {
  session_assign,
  session_end,
  session_hang,
  session_hanging,
  session_rehang,
  session_renumber,
  session_timers_add,
  session_timers_due,
  session_timers_next,
  session_unused,
} from "./sessions";
