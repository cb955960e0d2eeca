using System.Runtime.Versioning;

// Namespaces, TAP devices, signals: there is no lab elsewhere.
[assembly: SupportedOSPlatform("linux")]
