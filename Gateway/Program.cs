using Gateway;
using Gateway.CommandLine;

AmbientCapabilities.KeepFromChildren();
return await GatewayCommands.RunAsync(args, Console.Out, Console.Error);
