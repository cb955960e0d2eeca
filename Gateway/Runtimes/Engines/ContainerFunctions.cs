using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Functions of engines have run options of one kind.</summary>
internal static class ContainerFunctions
{
    extension(FunctionOptions function)
    {
        /// <summary>How the function's containers are made.</summary>
        public ContainerRunOptions Container => (ContainerRunOptions)function.Run;
    }
}
