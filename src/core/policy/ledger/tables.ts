/** A table in which Odoo keeps what happened in the business. */
export interface LedgerTable {
  name: string;
  /** Nobody but Odoo calls a table so; others use names like `sale_order` for their own. */
  own: boolean;
  /** Columns that tell it: those that many tables have (name, state, date) are left out. */
  columns: readonly string[];
}

/**
 * Stored fields of Odoo 19's models as its addons declare them: `account`, `sale`, `purchase`, `stock`, `crm`, `project`, `hr_expense`,
 * `hr_holidays`, `point_of_sale`, `mrp`, `payment`, `analytic`, `product` and `base` (`addons/<name>/models/*.py`); names of older series where a
 * column was called otherwise.
 */
const OWN: Readonly<Record<string, string>> = {
  account_move:
    'move_type journal_id partner_id commercial_partner_id partner_shipping_id invoice_date invoice_date_due invoice_origin invoice_payment_term_id invoice_user_id payment_reference payment_state amount_untaxed amount_tax amount_residual amount_total_signed reversed_entry_id fiscal_position_id statement_line_id tax_cash_basis_rec_id auto_post narration invoice_partner_display_name',
  account_move_line:
    'move_id move_name journal_id account_id partner_id debit credit balance amount_currency amount_residual amount_residual_currency date_maturity full_reconcile_id matching_number tax_line_id tax_base_amount tax_repartition_line_id statement_line_id parent_state display_type analytic_distribution company_currency_id product_uom_id price_subtotal',
  account_bank_statement_line:
    'statement_id move_id partner_id payment_ref foreign_currency_id internal_index is_reconciled transaction_details account_number amount_residual',
  account_partial_reconcile:
    'debit_move_id credit_move_id full_reconcile_id debit_amount_currency credit_amount_currency exchange_move_id max_date',
  account_full_reconcile: 'exchange_move_id reconciled_line_ids',
  account_analytic_line:
    'general_account_id move_line_id so_line unit_amount timesheet_invoice_id timesheet_invoice_type holiday_id product_uom_id',
  sale_order_line:
    'order_id product_id product_uom_qty product_uom_id qty_delivered qty_invoiced qty_to_invoice price_subtotal price_total price_tax price_reduce_taxexcl invoice_status salesman_id order_partner_id untaxed_amount_invoiced is_downpayment customer_lead',
  purchase_order_line:
    'order_id product_id product_qty product_uom_qty product_uom_id qty_received qty_invoiced qty_to_invoice price_subtotal price_total price_tax date_planned orderpoint_id',
  stock_move_line:
    'move_id picking_id product_id product_uom_id lot_id lot_name package_id result_package_id location_id location_dest_id owner_id quantity_product_uom qty_done',
  stock_picking:
    'picking_type_id location_id location_dest_id backorder_id scheduled_date date_done move_type partner_id owner_id sale_id batch_id carrier_tracking_ref',
  stock_quant:
    'product_id location_id lot_id package_id owner_id reserved_quantity inventory_quantity inventory_date inventory_diff_quantity in_date user_id',
  stock_valuation_layer: 'product_id stock_move_id account_move_id unit_cost remaining_qty remaining_value stock_landed_cost_id',
  pos_order:
    'session_id pos_reference amount_paid amount_return amount_tax partner_id pricelist_id fiscal_position_id account_move nb_print cashier tip_amount to_invoice',
  pos_order_line:
    'order_id product_id price_unit price_subtotal price_subtotal_incl qty discount full_product_name price_extra combo_parent_id',
  pos_payment: 'pos_order_id payment_method_id session_id card_type cardholder_name is_change account_move_id payment_status',
  mrp_production:
    'product_id product_qty product_uom_id bom_id qty_producing location_src_id location_dest_id picking_type_id reservation_state orderpoint_id production_location_id',
  hr_expense:
    'employee_id product_id payment_mode total_amount total_amount_currency untaxed_amount account_move_id sheet_id vendor_id tax_amount approval_state',
  hr_leave:
    'employee_id holiday_status_id request_date_from request_date_to number_of_days first_approver_id second_approver_id resource_calendar_id',
  res_partner:
    'parent_id commercial_partner_id commercial_company_name is_company vat customer_rank supplier_rank partner_share company_registry complete_name country_id state_id street street2 signup_type email_normalized phone_sanitized ref',
  res_users:
    'partner_id login signature share action_id notification_type oauth_uid oauth_provider_id totp_last_counter odoobot_state company_id',
  product_template:
    'categ_id uom_id list_price default_code sale_ok purchase_ok is_storable invoice_policy purchase_method service_type tracking sale_delay can_be_expensed',
  product_product: 'product_tmpl_id default_code combination_indices can_image_variant_1024_be_zoomed standard_price barcode',
  account_account: 'account_type code_store reconcile currency_id internal_group include_initial_balance',
  account_journal:
    'default_account_id suspense_account_id profit_account_id loss_account_id invoice_reference_type invoice_reference_model sequence_override_regex',
};

/** The same, of names that others use too. */
const SHARED: Readonly<Record<string, string>> = {
  account_payment:
    'move_id payment_type partner_type payment_method_line_id payment_method_id destination_account_id outstanding_account_id paired_internal_transfer_payment_id partner_bank_id is_reconciled is_matched payment_reference',
  sale_order:
    'date_order validity_date commitment_date client_order_ref invoice_status delivery_status pricelist_id partner_id partner_invoice_id partner_shipping_id payment_term_id fiscal_position_id amount_untaxed amount_tax picking_policy warehouse_id opportunity_id require_signature team_id',
  purchase_order:
    'date_order date_approve date_planned partner_id partner_ref invoice_status receipt_status picking_type_id dest_address_id payment_term_id fiscal_position_id amount_untaxed amount_tax incoterm_id requisition_id',
  stock_move:
    'product_id product_uom_qty product_uom location_id location_dest_id picking_id picking_type_id procure_method origin_returned_move_id raw_material_production_id production_id sale_line_id purchase_line_id orderpoint_id',
  crm_lead:
    'stage_id team_id expected_revenue prorated_revenue automated_probability lost_reason_id date_closed date_open day_close contact_name partner_name email_from recurring_revenue won_status',
  project_task:
    'project_id stage_id allocated_hours effective_hours remaining_hours milestone_id recurrence_id sale_line_id date_assign date_last_stage_update working_hours_close',
  project_project: 'alias_id privacy_visibility rating_status last_update_id allow_timesheets partner_id analytic_account_id account_id',
  hr_employee: 'resource_id work_contact_id coach_id parent_id job_id work_email work_phone resource_calendar_id current_version_id',
  payment_transaction:
    'provider_id provider_reference payment_method_id token_id operation landing_route last_state_change partner_country_id source_transaction_id',
};

const tables = (names: Readonly<Record<string, string>>, own: boolean): LedgerTable[] =>
  Object.entries(names).map(([name, columns]) => ({ name, own, columns: columns.split(' ') }));

export const LEDGER_TABLES: readonly LedgerTable[] = [...tables(OWN, true), ...tables(SHARED, false)];
export const LEDGER_BY_NAME: ReadonlyMap<string, LedgerTable> = new Map(LEDGER_TABLES.map((table) => [table.name, table]));

/** What people call copies of them, behind `odoo_`. */
export const LEDGER_WORDS: Readonly<Record<string, string>> = {
  invoice: 'account_move',
  bill: 'account_move',
  journal_entry: 'account_move',
  invoice_line: 'account_move_line',
  journal_item: 'account_move_line',
  move: 'account_move',
  move_line: 'account_move_line',
  payment: 'account_payment',
  partner: 'res_partner',
  customer: 'res_partner',
  contact: 'res_partner',
  user: 'res_users',
  order: 'sale_order',
  order_line: 'sale_order_line',
  sales_order: 'sale_order',
  lead: 'crm_lead',
  opportunity: 'crm_lead',
  task: 'project_task',
  project: 'project_project',
  expense: 'hr_expense',
  employee: 'hr_employee',
  product: 'product_template',
  picking: 'stock_picking',
  quant: 'stock_quant',
};
