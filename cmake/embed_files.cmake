# cmake -DROOT=dir -DFILES=a;b -DOUTPUT=f.cc -DHEADER=h -DNAMESPACE=n -DFUNCTION=name -P embed_files.cmake:
# text files below ROOT as one C++ function from a path to its text; empty for a path that is not there.
set(BODY "")
foreach(FILE ${FILES})
  file(READ ${ROOT}/${FILE} TEXT)
  # A raw string literal may be 64 KiB at most in some compilers: cut into pieces that the compiler joins.
  string(LENGTH "${TEXT}" SIZE)
  set(AT 0)
  set(PIECES "      \"\"\n")
  while(AT LESS SIZE)
    string(SUBSTRING "${TEXT}" ${AT} 8000 PIECE)
    string(APPEND PIECES "      R\"cdp_embed(${PIECE})cdp_embed\"\n")
    math(EXPR AT "${AT} + 8000")
  endwhile()
  string(APPEND BODY "  if (path == \"${FILE}\") return\n${PIECES}      ;\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from the files below ${ROOT}.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n"
     "std::string_view ${FUNCTION}(std::string_view path) {\n${BODY}  return {};\n}\n\n}  // namespace ${NAMESPACE}\n")
