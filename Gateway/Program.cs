using Gateway;
using Gateway.Configuration;

AmbientCapabilities.KeepFromChildren();
try
{
    var builder = GatewayConfiguration.CreateBuilder(args);
    return await GatewayHost.RunAsync(builder);
}
catch (ConfigurationException error)
{
    await Console.Error.WriteLineAsync(StartupErrors.Describe(error));
    return ExitCodes.CannotStart;
}
catch (StartException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return ExitCodes.CannotStart;
}
