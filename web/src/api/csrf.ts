// The token that goes with everything that changes something; it comes with `GET /api/me`.

let token = "";

export function keepCsrf(given: string): void {
  token = given;
}

export function csrf(): string {
  return token;
}
