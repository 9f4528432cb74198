export default {
  failed: ({ status }: { status: number }) =>
    `The server answered with error ${status}, and did not say why. Try again in a moment.`,
  unreachable: "The server cannot be reached. Look whether it runs, and try again.",
};
