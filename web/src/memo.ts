// A component that is drawn again only when one of its properties is another.

import { Component, type ComponentType, createElement } from "preact";

export function memo<P extends object>(View: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Record<string, unknown>;
      const then = next as Record<string, unknown>;
      return Object.keys(then).some((key) => !Object.is(now[key], then[key]));
    }
    override render() {
      return createElement(View, this.props as P);
    }
  };
}
