export default {
  title: "Log in",
  lead: "This Tertulia wants to know who you are.",
  name: "Name",
  password: "Password",
  do: "Log in",
  doing: "Looking …",
  name_missing: "Type your name.",
  password_missing: "Type your password.",
  kept: "What you wrote is kept, and goes on its way when you are back.",
  help: "Whoever runs this server makes accounts with",
  help_command: "tertulia user add",
};
