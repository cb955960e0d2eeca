using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Gives access to the run options of functions on engines, which are all of one kind.</summary>
internal static class ContainerFunctions
{
    extension(FunctionOptions function)
    {
        /// <summary>Gets the options that say how the function's containers are made.</summary>
        public ContainerRunOptions Container => (ContainerRunOptions)function.Run;
    }
}
