# Turns the .mail files into one C++ table: cmake -DOUT=… -DFOLDER=… -P embed.cmake
file(GLOB files ${FOLDER}/*.mail)
list(SORT files)
set(rows "")
foreach(path ${files})
  get_filename_component(name ${path} NAME)
  string(REGEX MATCH "^([a-z_]+)\\.([a-z]+)\\.mail$" matched ${name})
  if(NOT matched)
    message(FATAL_ERROR "${name} must be <template>.<locale>.mail")
  endif()
  set(template ${CMAKE_MATCH_1})
  set(locale ${CMAKE_MATCH_2})
  file(READ ${path} text)
  string(APPEND rows "    {\"${template}\", \"${locale}\", R\"mail(${text})mail\"},\n")
endforeach()
file(WRITE ${OUT} "// Made by embed.cmake from services/notifications/templates/*.mail.
#include \"services/notifications/templates/catalog.h\"

namespace quittance::notifications {

const std::vector<Source>& Sources() {
  static const std::vector<Source> sources = {
${rows}  };
  return sources;
}

}  // namespace quittance::notifications
")
