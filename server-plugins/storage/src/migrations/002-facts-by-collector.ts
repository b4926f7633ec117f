import type { ColumnTypes } from '../dialects/dialect.ts'

/**
 * Facts lie by collector, so that what did not change is not written again and a search reads one collector's alone.
 * Failures lie with their machine. The clock and the changes tell each server what the others have written.
 */
export function factsByCollector ({ machineId, text, long, double, table, clustered, quote, json }: ColumnTypes): string[] {
  return [
    `alter table inventory add column failures ${long} null`,
    `alter table inventory add column fact_digests ${long} null`,
    `alter table inventory add column clock_offset_s ${double} null`,
    `update inventory set fact_digests = '', failures = (select case when kept.failures = '[]' then null else kept.failures end from machine_facts kept where kept.machine_id = inventory.machine_id)
      where failure_count is not null`,
    'alter table machine_facts rename to old_facts',
    `create table machine_facts (
      collector ${text(64)} not null,
      machine_id ${machineId} not null,
      facts ${long} not null,
      primary key (collector, machine_id)
    )${clustered}`,
    ...json
      ? [
          'insert into machine_facts (collector, machine_id, facts) select each.key, machine_id, each.value from old_facts, json_each(old_facts.facts) each',
      `update inventory set fact_digests = coalesce((select group_concat(each.key || ':-', ' ') from old_facts, json_each(old_facts.facts) each where old_facts.machine_id = inventory.machine_id), '')
        where failure_count is not null`
        ]
      : [],
    'drop table old_facts',
    ...json ? ['drop index inventory_created_at'] : [],
    'alter table inventory drop column failure_count',
    `alter table collectors rename column ${quote('schema')} to json_schema`,
    `create table machine_clock (seq bigint not null)${table}`,
    'insert into machine_clock (seq) values (0)',
    `create table machine_changes (seq bigint not null primary key, machine_ids ${long} not null)${table}`
  ]
}
