import { Migration } from '@mikro-orm/migrations'

/** The tables of version 0.1. */
export class CreateInventory extends Migration {
  override up (): void {
    this.addSql(`create table inventory (
      machine_id varchar(64) not null primary key,
      hostname varchar(100) not null,
      ip varchar(45) null,
      os varchar(100) not null,
      os_version varchar(100) null,
      cpu_percent double null,
      memory_total_mb bigint null,
      memory_used_mb bigint null,
      computer_model varchar(100) null,
      computer_activation datetime null,
      activation_days integer null,
      created_at datetime not null,
      updated_at datetime null,
      last_seen datetime not null,
      agent_version varchar(64) null,
      interval_s double null,
      report_id varchar(36) null,
      report_digest varchar(43) null,
      failure_count integer null
    )`)
    this.addSql('create index inventory_hostname on inventory (hostname, machine_id)')
    this.addSql('create index inventory_created_at on inventory (created_at, machine_id)')
    this.addSql(`create table machine_facts (
      machine_id varchar(64) not null primary key,
      facts json not null,
      failures json not null
    )`)
    this.addSql(`create table collectors (
      name varchar(64) not null primary key,
      schema json not null,
      updated_at datetime not null
    )`)
  }
}
