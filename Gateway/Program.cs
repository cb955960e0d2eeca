using Gateway;
using Gateway.CommandLine;

Privileges.Reduce();
return await GatewayCommands.RunAsync(args, Console.Out, Console.Error);
