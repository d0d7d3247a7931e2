/** AWS's metrics of a mapping that asks for EventCount ("Event source mapping metrics" of Lambda's guide). */
export type EventMetric =
  | 'PolledEventCount'
  | 'FilteredOutEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'DeletedEventCount';
