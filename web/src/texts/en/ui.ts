export default {
  close: "Close",
  cancel: "Cancel",
  dismiss: "Dismiss",
  again: "Try again",
  loading: "One moment …",
  more: "More",
  show: "Show",
  unsaved: "Close without saving?",
  unsaved_text: "What you changed here would be lost.",
  discard_changes: "Close without saving",
};
