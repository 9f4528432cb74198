export default {
  close: "Close",
  cancel: "Cancel",
  dismiss: "Dismiss",
  again: "Try again",
  undo: "Undo",
  loading: "One moment …",
  more: "More",
  show: "Show",
  show_list: (label: string) => `Show the list: ${label}`,
  unsaved: "Close without saving?",
  unsaved_text: "What you changed here would be lost.",
  discard_changes: "Close without saving",
};
