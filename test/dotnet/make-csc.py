"""Compiles csc.cs with the libraries that it drives itself: python3 make-csc.py DOTNET_ROOT ROSLYN_DIRECTORY SOURCE."""

import glob
import os
import sys

from clr_loader import get_coreclr
from pythonnet import set_runtime

root, roslyn, source = sys.argv[1:]
set_runtime(get_coreclr(runtime_config=os.path.join(roslyn, "csc.runtimeconfig.json"), dotnet_root=root))

import clr  # noqa: E402: there is none before the runtime is set

for name in ["Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"]:
    clr.AddReference(os.path.join(roslyn, name))

from Microsoft.CodeAnalysis import MetadataReference, OutputKind, SyntaxTree  # noqa: E402
from Microsoft.CodeAnalysis.CSharp import CSharpCompilation, CSharpCompilationOptions, CSharpSyntaxTree  # noqa: E402
from System import Array  # noqa: E402
from System.IO import File  # noqa: E402

libraries = glob.glob(os.path.join(root, "shared/Microsoft.NETCore.App/*/*.dll"))
libraries += glob.glob(os.path.join(roslyn, "Microsoft.CodeAnalysis*.dll"))
references = Array[MetadataReference]([MetadataReference.CreateFromFile(path) for path in libraries])
with open(source, encoding="utf-8") as file:
    tree = CSharpSyntaxTree.ParseText(file.read())
options = CSharpCompilationOptions(OutputKind.ConsoleApplication)
compilation = CSharpCompilation.Create("csc", Array[SyntaxTree]([tree]), references, options)
output = File.Create(os.path.join(roslyn, "csc.dll"))
result = compilation.Emit(output)
output.Close()
if not result.Success:
    sys.exit("\n".join(one.ToString() for one in result.Diagnostics))
